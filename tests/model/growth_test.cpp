// Tensors that go into larger ones, number by number.
#include "model/growth.hpp"

#include <doctest.h>

#include <string>

using namespace gemel;

namespace {

using Shape = std::vector<std::int64_t>;

std::int64_t product(const Shape& shape) {
  std::int64_t n = 1;
  for (const std::int64_t s : shape) n *= s;
  return n;
}

// 1, 2, 3… of one shape put among nines of another; empty where they do not fit.
std::vector<float> grown(const Shape& from, const Shape& to, std::vector<SizeChange> changes) {
  std::vector<float> old(static_cast<std::size_t>(product(from)));
  for (std::size_t i = 0; i < old.size(); ++i) old[i] = static_cast<float>(i + 1);
  const StoredTensor stored{.name = "t", .shape = from, .data = std::as_bytes(std::span(old))};
  ParameterInfo info;
  info.shape = to;
  info.size = product(to);
  std::vector<float> values(static_cast<std::size_t>(info.size), 9.0f);
  const bool fits = take_grown(stored, info, changes, values);
  if (!fits) CHECK(values == std::vector<float>(values.size(), 9.0f));
  return fits ? values : std::vector<float>{};
}

struct Case {
  const char* what;
  Shape from, to;
  std::vector<SizeChange> changes;
  std::vector<float> expected;
};

}  // namespace

TEST_CASE("old units keep what they read, and read nothing of new ones") {
  const std::vector<Case> cases = {
      {"as it was", {2, 2}, {2, 2}, {}, {1, 2, 3, 4}},
      {"as it was, though other sizes grow", {2, 2}, {2, 2}, {{2, 3}}, {1, 2, 3, 4}},
      {"a table of more columns", {3, 2}, {3, 4}, {{2, 4}}, {1, 2, 9, 9, 3, 4, 9, 9, 5, 6, 9, 9}},
      {"more read", {2, 2}, {3, 2}, {{2, 3}}, {1, 2, 3, 4, 0, 0}},
      {"both", {2, 2}, {3, 3}, {{2, 3}}, {1, 2, 9, 3, 4, 9, 0, 0, 9}},
      {"two gates of two units", {1, 2, 2}, {1, 2, 3}, {{2, 3}}, {1, 2, 9, 3, 4, 9}},
      {"a cell's own units", {1, 2, 1}, {2, 2, 2}, {{1, 2}}, {1, 9, 2, 9, 0, 9, 0, 9}},
      {"a bias", {2}, {3}, {{2, 3}}, {1, 2, 9}},
      {"two blocks read", {4, 1}, {6, 1}, {{2, 3}}, {1, 2, 0, 3, 4, 0}},
      {"one factor, blocks of either size",
       {4, 1},
       {8, 1},
       {{4, 8}, {2, 4}},
       {1, 2, 0, 0, 3, 4, 0, 0}},
      {"one factor, blocks that divide both",
       {6, 1},
       {12, 1},
       {{6, 12}, {4, 8}},
       {1, 2, 0, 0, 3, 4, 0, 0, 5, 6, 0, 0}},
      {"a size an axis", {1, 2}, {3, 4}, {{1, 3}, {2, 4}}, {1, 2, 9, 9, 0, 0, 9, 9, 0, 0, 9, 9}},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.what));
    CHECK(grown(c.from, c.to, c.changes) == c.expected);
  }
}

TEST_CASE("what does not fit is left") {
  CHECK(grown({2, 2}, {2, 3}, {}).empty());
  CHECK(grown({2, 2}, {2, 3}, {{2, 4}}).empty());
  CHECK(grown({2, 3}, {2, 2}, {{2, 3}}).empty());
  CHECK(grown({4}, {2, 2}, {}).empty());
  CHECK(grown({5, 1}, {7, 1}, {{2, 3}}).empty());
}

TEST_CASE("sizes that grow, once each") {
  ModelConfig from, to;
  from.towers[0].encoder.vocabulary_size = to.towers[0].encoder.vocabulary_size = 100;
  CHECK(growing_sizes(from, to).empty());
  to.towers[0].encoder.embedding_size = 384;
  to.towers[0].encoder.hidden_size = 384;
  from.head_size = 4;
  to.head_size = 8;
  CHECK(growing_sizes(from, to) == std::vector<SizeChange>{{256, 384}, {4, 8}});
  // A head of that many units that reads more; a projection in both, as it needs.
  ModelConfig less = to, more = to;
  for (ModelConfig* m : {&less, &more}) m->towers[0].encoder.projection_size = 32;
  more.head_input = HeadInput::pooled;
  CHECK(growing_sizes(less, more) == std::vector<SizeChange>{{32, 32 + 1536}});
  CHECK(growing_sizes(more, more).empty());
  less.head_size = 0;
  CHECK(growing_sizes(less, more).empty());
  // A head where there was none, and a smaller size, are no growth.
  from.head_size = 0;
  to.towers[0].encoder.embedding_size = 128;
  to.towers.push_back(to.towers[0]);
  to.towers[1].encoder.hidden_size = 512;
  CHECK(growing_sizes(from, to) == std::vector<SizeChange>{{256, 384}, {256, 512}});
}
