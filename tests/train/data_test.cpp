#include <doctest.h>

#include <set>

#include "train/dataset.hpp"

using gemel::TowerLink;
using namespace gemel::train;

namespace {

// One token a character, so that lengths are known.
void characters(std::string_view text, std::vector<std::int32_t>& ids) {
  for (const char c : text) ids.push_back(c);
}

}  // namespace

TEST_CASE("equal texts share a row and labelled duplicates close transitively") {
  Dataset data;
  data.add("a", "b", 1);
  data.add("b", "c", 1);
  data.add("c", "d", 0);
  data.add("e", "e", 1);
  data.tokenise(characters, 8, 1);
  CHECK(data.text_count() == 5);
  CHECK(data.groups() == std::vector<std::int32_t>{0, 0, 0, 3, 4});
  CHECK(data.pairs()[3].a == data.pairs()[3].b);
}

TEST_CASE("a classifier's probability joins no texts and counts in the checksum") {
  const auto data = [](bool soft) {
    Dataset d;
    if (soft)
      d.add_soft("a", "b", 0.9f);
    else
      d.add("a", "b", 0.9f);
    d.tokenise(characters, 8, 1);
    return d;
  };
  CHECK(data(true).groups() == std::vector<std::int32_t>{0, 1});
  CHECK(!data(true).pairs()[0].positive());
  CHECK(data(false).groups() == std::vector<std::int32_t>{0, 0});
  CHECK(data(true).checksum() != data(false).checksum());
}

TEST_CASE("token lists are cut to max_tokens and counted, whatever the threads") {
  for (const int threads : {1, 3}) {
    Dataset data;
    data.add("abcdef", "xy", 0);
    data.tokenise(characters, 4, threads);
    CHECK(data.truncated() == 1);
    CHECK(data.token_count() == 6);
    REQUIRE(data.tokens(0).size() == 4);
    CHECK(data.tokens(0)[3] == 'd');
    CHECK(data.tokens(1)[1] == 'y');
  }
}

TEST_CASE("the checksum sees every text, label and border between texts") {
  const auto checksum = [](const char* a, const char* b, float label) {
    Dataset data;
    data.add(a, b, label);
    return data.checksum();
  };
  CHECK(checksum("ab", "c", 1) == checksum("ab", "c", 1));
  CHECK(checksum("ab", "c", 1) != checksum("a", "bc", 1));
  CHECK(checksum("ab", "c", 1) != checksum("ab", "c", 0));
}

TEST_CASE("triplets, tuples and lone texts are examples like pairs") {
  const std::vector<TowerLink> links = {{0, 1}, {0, 2}};
  Dataset data;
  data.add_lone("x");
  data.add_triplet("a", "b", "c");
  data.add_tuple(std::vector<std::string>{"q", "p", "t"}, links, 1);
  data.add_rows(data.find("a"), data.find("x"), 0.25f);
  data.tokenise(characters, 8, 1);
  REQUIRE(data.example_count() == 4);
  CHECK(data.example_lone(0) == data.find("x"));
  CHECK(data.example_pairs(0).empty());
  CHECK(data.example_lone(1) == -1);
  REQUIRE(data.example_pairs(1).size() == 2);
  CHECK(data.example_pairs(1)[0].label == 1);
  CHECK(data.example_pairs(1)[1].label == 0);
  REQUIRE(data.example_triplets(1).size() == 1);
  CHECK(data.example_triplets(1)[0].negative == data.find("c"));
  REQUIRE(data.example_pairs(2).size() == 2);
  CHECK(data.example_triplets(2).empty());
  CHECK(data.example_pairs(2)[1].b == data.find("t"));
  CHECK(data.example_pairs(2)[1].link == 1);
  CHECK(data.example_pairs(3)[0].label == 0.25f);
  CHECK(data.find("nothing") == -1);
  // b with a, and q with p and t, say the same; c and x do not.
  const std::vector<std::int32_t>& g = data.groups();
  const auto group = [&](const char* t) { return g[static_cast<std::size_t>(data.find(t))]; };
  CHECK(group("a") == group("b"));
  CHECK(group("p") == group("t"));
  CHECK(group("a") != group("c"));
  CHECK(group("a") != group("x"));
}

TEST_CASE("the checksum sees what texts are to each other") {
  const std::vector<TowerLink> other = {{0, 1}, {1, 0}};
  std::set<std::string> sums;
  Dataset pairs, triplet, lone, swapped, two_links;
  pairs.add("a", "b", 1), pairs.add("a", "c", 0);
  triplet.add_triplet("a", "b", "c");
  lone.add_lone("a"), lone.add_lone("b"), lone.add_lone("c");
  swapped.add("a", "b", 0), swapped.add("a", "c", 1);
  two_links.add_tuple(std::vector<std::string>{"a", "b"}, other, 1);
  for (const Dataset* data : {&pairs, &triplet, &lone, &swapped, &two_links})
    sums.insert(data->checksum());
  CHECK(sums.size() == 5);
}
