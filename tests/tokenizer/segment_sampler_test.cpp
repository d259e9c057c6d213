#include "tokenizer/segment_sampler.hpp"

#include <doctest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

using namespace gemel;

namespace {

using Ids = std::vector<std::int32_t>;
constexpr std::int32_t kUnknown = 9;

// "ab" has two segmentations: {0, 1} with score -1.5 and {2} with score -1.
SegmentSampler ab() {
  return SegmentSampler({{"a", 0, -1.0f}, {"b", 1, -0.5f}, {"ab", 2, -1.0f}}, {}, kUnknown);
}

std::vector<std::int32_t> byte_ids() {
  std::vector<std::int32_t> ids(256);
  for (std::size_t i = 0; i < 256; ++i) ids[i] = 1000 + static_cast<std::int32_t>(i);
  return ids;
}

}  // namespace

TEST_CASE("unigram draws follow exp(alpha · score)") {
  const SegmentSampler sampler = ab();
  for (const double alpha : {0.0, 0.5, 1.0, 4.0}) {
    const int draws = 20000;
    int whole = 0;
    for (int seed = 0; seed < draws; ++seed) {
      Ids ids;
      sampler.sample_unigram("ab", alpha, static_cast<std::uint64_t>(seed), ids);
      REQUIRE((ids == Ids{2} || ids == Ids{0, 1}));
      whole += ids == Ids{2};
    }
    const double p = std::exp(-alpha) / (std::exp(-alpha) + std::exp(-1.5 * alpha));
    const double deviation = std::sqrt(p * (1 - p) / draws);
    CAPTURE(alpha);
    CHECK(std::abs(whole / double(draws) - p) < 5 * deviation);
  }
}

TEST_CASE("a large alpha draws the best segmentation") {
  Ids ids;
  ab().sample_unigram("abab", 1000, 3, ids);
  CHECK(ids == Ids{2, 2});
}

TEST_CASE("draws are a function of seed and text, and add to what is there") {
  const SegmentSampler sampler = ab();
  std::map<Ids, int> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Ids first{7}, second{7};
    sampler.sample_unigram("abab", 0.1, seed, first);
    sampler.sample_unigram("abab", 0.1, seed, second);
    REQUIRE(first == second);
    REQUIRE(first.front() == 7);
    ++seen[first];
  }
  CHECK(seen.size() == 4);  // each "ab" whole or split
}

TEST_CASE("characters without a piece") {
  const SegmentSampler with_bytes({{"a", 0, -1.0f}}, byte_ids(), kUnknown);
  Ids ids;
  with_bytes.sample_unigram("a\xc3\xa9", 1, 0, ids);
  CHECK(ids == Ids{0, 1000 + 0xc3, 1000 + 0xa9});
  ids.clear();
  with_bytes.sample_bpe("a\xc3\xa9", 0, 0, ids);
  CHECK(ids == Ids{0, 1000 + 0xc3, 1000 + 0xa9});
  ids.clear();
  ab().sample_unigram("a\xc3\xa9zb", 1, 0, ids);
  CHECK(ids == Ids{0, kUnknown, 1});
  ids.clear();
  ab().sample_unigram("", 1, 0, ids);
  ab().sample_bpe("", 0, 0, ids);
  CHECK(ids.empty());
}

TEST_CASE("BPE merges the best pair first, and skips merges by chance") {
  // "abc": bc (score 0) goes before ab (score -1), then a+bc = abc (score -2).
  const SegmentSampler sampler(
      {{"a", 0, -5}, {"b", 1, -6}, {"c", 2, -7}, {"bc", 3, 0}, {"ab", 4, -1}, {"abc", 5, -2}}, {},
      kUnknown);
  Ids ids;
  sampler.sample_bpe("abc", 0, 0, ids);
  CHECK(ids == Ids{5});
  ids.clear();
  sampler.sample_bpe("ab", 0, 0, ids);
  CHECK(ids == Ids{4});
  ids.clear();
  sampler.sample_bpe("abcabc", 1, 0, ids);
  CHECK(ids == Ids{0, 1, 2, 0, 1, 2});
  // With p to skip: bc is tried once, ab once (if bc was skipped), abc once (after bc or ab).
  const double p = 0.3;
  std::map<Ids, double> expected{{Ids{5}, (1 - p) * (1 - p)},
                                 {Ids{0, 3}, (1 - p) * p},
                                 {Ids{4, 2}, p * (1 - p)},
                                 {Ids{0, 1, 2}, p * p}};
  std::map<Ids, int> seen;
  const int draws = 20000;
  for (int seed = 0; seed < draws; ++seed) {
    ids.clear();
    sampler.sample_bpe("abc", p, static_cast<std::uint64_t>(seed), ids);
    ++seen[ids];
  }
  // {4, 2} can still become abc by ab + c, which is tried once more.
  expected[Ids{5}] += p * (1 - p) * (1 - p);
  expected[Ids{4, 2}] = p * (1 - p) * p;
  CHECK(seen.size() == expected.size());
  for (const auto& [segments, chance] : expected) {
    const double deviation = std::sqrt(chance * (1 - chance) / draws);
    CHECK(std::abs(seen[segments] / double(draws) - chance) < 5 * deviation);
  }
}
