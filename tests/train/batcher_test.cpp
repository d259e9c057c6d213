// What a batch holds: every example once an epoch, texts of like length, variants of altered texts,
// and mined negatives opposite the first text of their pair.
#include "train/batcher.hpp"

#include <doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/train/fixture.hpp"

using namespace gemel;
using namespace gemel::train;
using namespace gemel::train::test;

namespace {

const std::vector<TowerLink> kOne = {{0, 0}};

Dataset numbered_pairs(int count) {
  Dataset data;
  for (int i = 0; i < count; ++i)
    data.add(std::string(static_cast<std::size_t>(1 + i * 7 % 23), 'a') + std::to_string(i),
             std::string(static_cast<std::size_t>(1 + i * 5 % 19), 'b') + std::to_string(i),
             static_cast<float>(i % 2));
  data.tokenise(letters, 64, 2);
  return data;
}

const Batch::Text& at(const Batch& batch, std::int32_t i) {
  return batch.texts[static_cast<std::size_t>(i)];
}

bool distinct(const Batch& batch) {
  for (std::size_t i = 0; i < batch.texts.size(); ++i)
    if (std::count(batch.texts.begin(), batch.texts.end(), batch.texts[i]) != 1) return false;
  return true;
}

// All batches of an epoch.
std::vector<Batch> epoch_of(Batcher& batcher, int epoch, const MinedNegatives& mined = {}) {
  std::vector<Batch> batches;
  batcher.start_epoch(epoch);
  for (std::int64_t b = 0; b < batcher.batches(); ++b) batches.push_back(batcher.batch(b, mined));
  return batches;
}

}  // namespace

TEST_CASE("an epoch holds every pair once, in another order each epoch, the same each run") {
  const Dataset data = numbered_pairs(333);
  Batcher batcher(data, kOne, {16}, 7), again(data, kOne, {16}, 7);
  std::multiset<std::pair<std::int32_t, std::int32_t>> wanted;
  for (const Dataset::Pair& p : data.pairs()) wanted.emplace(p.a, p.b);
  std::vector<std::vector<std::int32_t>> epochs;
  for (int epoch = 0; epoch < 2; ++epoch) {
    const std::vector<Batch> batches = epoch_of(batcher, epoch), others = epoch_of(again, epoch);
    REQUIRE(batches.size() == 21);
    std::vector<std::int32_t> firsts;
    std::multiset<std::pair<std::int32_t, std::int32_t>> seen;
    for (std::size_t b = 0; b < batches.size(); ++b) {
      CHECK(batches[b].texts == others[b].texts);
      CHECK(distinct(batches[b]));
      for (const Batch::Pair& p : batches[b].pairs) {
        seen.emplace(at(batches[b], p.a).row, at(batches[b], p.b).row);
        firsts.push_back(at(batches[b], p.a).row);
      }
    }
    CHECK(seen == wanted);
    epochs.push_back(firsts);
  }
  CHECK(epochs[0] != epochs[1]);
  Batcher other_seed(data, kOne, {16}, 8);
  CHECK(epoch_of(other_seed, 0)[0].texts != epoch_of(batcher, 0)[0].texts);
}

TEST_CASE("batches hold texts of like length") {
  const Dataset data = numbered_pairs(512);
  Batcher batcher(data, kOne, {16}, 3);
  std::size_t spread = 0;
  for (const Batch& batch : epoch_of(batcher, 0)) {
    std::size_t low = 1000, high = 0;
    for (const Batch::Pair& p : batch.pairs) {
      const std::size_t length =
          data.tokens(at(batch, p.a).row).size() + data.tokens(at(batch, p.b).row).size();
      low = std::min(low, length);
      high = std::max(high, length);
    }
    spread = std::max(spread, high - low);
  }
  CHECK(spread <= 10);  // of lengths from 4 to 48
}

TEST_CASE("noise goes to both texts, to one text of a positive pair, or to none") {
  const Dataset data = numbered_pairs(200);
  const auto variants = [&](Noise noise) {
    std::map<std::string, int> found;  // "label first second"
    Batcher batcher(data, kOne, {64, noise}, 5);
    for (const Batch& batch : epoch_of(batcher, 0))
      for (const Batch::Pair& p : batch.pairs)
        ++found[std::to_string(static_cast<int>(p.label)) + " " +
                std::to_string(at(batch, p.a).variant) + std::to_string(at(batch, p.b).variant)];
    return found;
  };
  CHECK(variants(Noise::none) == std::map<std::string, int>{{"0 00", 100}, {"1 00", 100}});
  CHECK(variants(Noise::both) == std::map<std::string, int>{{"0 11", 100}, {"1 11", 100}});
  const auto one = variants(Noise::one);
  CHECK(one.at("0 00") == 100);
  CHECK(one.at("1 01") + one.at("1 10") == 100);
  CHECK(one.at("1 01") > 25);
  CHECK(one.at("1 10") > 25);
}

TEST_CASE("a text beside itself is read twice, by two variants, whatever the noise") {
  Dataset data;
  data.add("abc", "abc", 1);
  data.tokenise(letters, 8, 1);
  for (const Noise noise : {Noise::none, Noise::both, Noise::one}) {
    Batcher batcher(data, kOne, {8, noise}, 1);
    const Batch batch = epoch_of(batcher, 0)[0];
    REQUIRE(batch.texts.size() == 2);
    CHECK(batch.texts[0].row == batch.texts[1].row);
    CHECK(batch.texts[0].variant != batch.texts[1].variant);
    CHECK(batch.texts[0].variant > 0);
    CHECK(batch.texts[1].variant > 0);
    CHECK(batch.pairs[0].a != batch.pairs[0].b);
  }
  // Two towers read it anyway with eyes of their own.
  Dataset towers;
  const std::vector<TowerLink> link = {{0, 1}};
  towers.add_tuple(std::vector<std::string>{"abc", "abc"}, link, 1);
  towers.tokenise(letters, 8, 1);
  Batcher batcher(towers, link, {8}, 1);
  const Batch batch = epoch_of(batcher, 0)[0];
  CHECK(batch.texts == std::vector<Batch::Text>{{0, 0, 0}, {0, 1, 0}});
}

TEST_CASE("lone texts make no pairs") {
  Dataset data;
  for (const char* text : {"a", "bb", "ccc", "dd"}) data.add_lone(text);
  data.tokenise(letters, 8, 1);
  Batcher batcher(data, kOne, {3}, 1);
  std::multiset<std::int32_t> rows;
  for (const Batch& batch : epoch_of(batcher, 0)) {
    CHECK(batch.pairs.empty());
    for (const Batch::Text& text : batch.texts) rows.insert(text.row);
  }
  CHECK(rows == std::multiset<std::int32_t>{0, 1, 2, 3});
}

TEST_CASE("triplets name the texts of their pairs, noise included") {
  Dataset data;
  data.add("ab", "xy", 0);  // the anchor of the first triplet, elsewhere
  data.add_triplet("ab", "ba", "cd");
  data.add_triplet("ef", "fe", "ab");
  data.tokenise(letters, 8, 1);
  for (const Noise noise : {Noise::none, Noise::both, Noise::one})
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      Batcher batcher(data, kOne, {8, noise}, seed);
      const Batch batch = epoch_of(batcher, 0)[0];
      REQUIRE(batch.triplets.size() == 2);
      CHECK(batch.pairs.size() == 5);
      for (const Batch::Triplet& t : batch.triplets) {
        const bool first = data.text(at(batch, t.anchor).row) == "ab";
        CHECK(data.text(at(batch, t.positive).row) == (first ? "ba" : "fe"));
        CHECK(data.text(at(batch, t.negative).row) == (first ? "cd" : "ab"));
        // What stands in the triplet as anchor and positive stands in a pair as such.
        CHECK(std::count_if(batch.pairs.begin(), batch.pairs.end(), [&](const Batch::Pair& p) {
                return p.a == t.anchor && p.b == t.positive && p.label == 1;
              }) == 1);
      }
    }
}

TEST_CASE("tuples become a pair for each link, read by its towers") {
  const std::vector<TowerLink> links = {{0, 1}, {0, 2}, {1, 2}};
  Dataset data;
  data.add_tuple(std::vector<std::string>{"q", "p", "t"}, links, 1);
  data.add_tuple(std::vector<std::string>{"q", "t", "q"}, links, 0);
  data.tokenise(letters, 8, 1);
  Batcher batcher(data, links, {8, Noise::none, 1.0f}, 4);  // sides never change between towers
  const Batch batch = epoch_of(batcher, 0)[0];
  REQUIRE(batch.pairs.size() == 6);
  for (const Batch::Pair& p : batch.pairs) {
    CHECK(at(batch, p.a).tower == links[static_cast<std::size_t>(p.link)].a);
    CHECK(at(batch, p.b).tower == links[static_cast<std::size_t>(p.link)].b);
  }
  CHECK(batch.texts.size() == 5);  // q, p, t; t by the second tower, q by the third
  CHECK(distinct(batch));
}

TEST_CASE("mined negatives stand opposite the first text of their pair, sides swapped or not") {
  const Dataset data = numbered_pairs(40);
  MinedNegatives mined;
  mined.per_pair = 2;
  for (std::size_t p = 0; p < data.pairs().size(); ++p) {
    mined.rows.push_back(data.pairs()[p].label > 0 ? static_cast<std::int32_t>(p) : -1);
    mined.rows.push_back(-1);
  }
  for (const float swap : {0.0f, 1.0f}) {
    CAPTURE(swap);
    Batcher batcher(data, kOne, {40, Noise::both, swap}, 4);
    const Batch batch = epoch_of(batcher, 0, mined)[0];
    std::size_t made = 0, p = 0;
    std::map<std::int32_t, std::pair<std::int32_t, std::int32_t>> pairs;  // first → second, number
    for (std::size_t i = 0; i < data.pairs().size(); ++i)
      pairs[data.pairs()[i].a] = {data.pairs()[i].b, static_cast<std::int32_t>(i)};
    for (const Batch::Pair& pair : batch.pairs) {
      if (!pair.made) {
        CHECK(pairs.contains(at(batch, swap > 0 ? pair.b : pair.a).row));
        ++p;
        continue;
      }
      ++made;
      CHECK(pair.label == 0);
      CHECK(at(batch, pair.b).variant == 1);
      CHECK(pairs.at(at(batch, pair.a).row).second == at(batch, pair.b).row);  // by construction
    }
    CHECK(p == 40);
    CHECK(made == 20);
    REQUIRE(batch.triplets.size() == 20);
    for (const Batch::Triplet& t : batch.triplets) {
      const auto& wanted = pairs.at(at(batch, t.anchor).row);
      CHECK(at(batch, t.positive).row == wanted.first);
      CHECK(at(batch, t.negative).row == wanted.second);
    }
  }
}
