#include <doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "train/batcher.hpp"
#include "train/dataset.hpp"

using namespace gemel::train;

namespace {

// One token a character, so that lengths are known.
void characters(std::string_view text, std::vector<std::int32_t>& ids) {
  for (const char c : text) ids.push_back(c);
}

Dataset numbered_pairs(int count) {
  Dataset data;
  for (int i = 0; i < count; ++i)
    data.add(std::string(static_cast<std::size_t>(1 + i * 7 % 23), 'a') + std::to_string(i),
             std::string(static_cast<std::size_t>(1 + i * 5 % 19), 'b') + std::to_string(i),
             static_cast<float>(i % 2));
  data.tokenise(characters, 64, 2);
  return data;
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

TEST_CASE("an epoch holds every pair once, in another order each epoch, the same each run") {
  const Dataset data = numbered_pairs(333);
  Batcher batcher(data, 16, 7), again(data, 16, 7);
  std::vector<std::vector<std::int32_t>> epochs;
  for (int epoch = 0; epoch < 2; ++epoch) {
    batcher.start_epoch(epoch);
    again.start_epoch(epoch);
    REQUIRE(batcher.batches() == 21);
    std::vector<std::int32_t> firsts;
    std::multiset<std::pair<std::int32_t, std::int32_t>> seen;
    for (std::int64_t b = 0; b < batcher.batches(); ++b) {
      const Batch batch = batcher.batch(b);
      CHECK(batch.texts == again.batch(b).texts);
      CHECK(std::set(batch.texts.begin(), batch.texts.end()).size() == batch.texts.size());
      for (const Batch::Pair& p : batch.pairs) {
        const auto at = [&](std::int32_t i) { return batch.texts[static_cast<std::size_t>(i)]; };
        seen.emplace(at(p.a), at(p.b));
        firsts.push_back(at(p.a));
      }
    }
    std::multiset<std::pair<std::int32_t, std::int32_t>> wanted;
    for (const Dataset::Pair& p : data.pairs()) wanted.emplace(p.a, p.b);
    CHECK(seen == wanted);
    epochs.push_back(firsts);
  }
  CHECK(epochs[0] != epochs[1]);
}

TEST_CASE("batches hold texts of like length") {
  const Dataset data = numbered_pairs(512);
  Batcher batcher(data, 16, 3);
  batcher.start_epoch(0);
  std::size_t spread = 0;
  for (std::int64_t b = 0; b < batcher.batches(); ++b) {
    std::size_t low = 1000, high = 0;
    const Batch batch = batcher.batch(b);
    for (const Batch::Pair& p : batch.pairs) {
      const auto tokens = [&](std::int32_t i) {
        return data.tokens(batch.texts[static_cast<std::size_t>(i)]).size();
      };
      low = std::min(low, tokens(p.a) + tokens(p.b));
      high = std::max(high, tokens(p.a) + tokens(p.b));
    }
    spread = std::max(spread, high - low);
  }
  CHECK(spread <= 10);  // of lengths from 4 to 48
}
