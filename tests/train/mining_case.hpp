#pragma once
#include <map>
#include <set>

#include "tests/train/fixture.hpp"
#include "train/mining.hpp"

/// The index's miner, and a comparison of every two texts in its place.
namespace gemel::train::test {

using loss::NegativeMiner;

struct Mined {
  MinedNegatives negatives;
  MiningReport report;
};

/// A small model and its vectors of every text, text by text.
struct MiningCase {
  ModelConfig model;
  Dataset data;
  nn::Towers towers;
  ParameterBlock values;
  SamplingOptions options;
  Metric metric = Metric::cosine;

  explicit MiningCase(ModelConfig m, int pairs = 80)
      : model(std::move(m)),
        data(toy_data(pairs, 3, model.towers.size() > 1)),
        towers(model, Precision::f32),
        values(towers.layout()) {
    Random random(4);
    for (float& v : values.all()) v = static_cast<float>(random.uniform(-0.7, 0.7));
    options.mined_negatives = 3;
    options.mining_neighbours = 1000;
  }

  Mined mine(int threads = 1, std::uint64_t seed = 11) const {
    TowerEncoder encoder(towers, 2, threads);
    Mined mined;
    mined.negatives = Miner(data, model.links, options, metric, threads)
                          .mine(encoder, values, seed, nullptr, mined.report);
    return mined;
  }
  std::vector<std::vector<float>> embed(int tower) const {
    TowerEncoder encoder(towers, 1, 1);
    encoder.pack(values, false);
    std::vector<std::vector<float>> vectors;
    for (std::int64_t row = 0; row < data.text_count(); ++row) {
      const std::vector<std::int16_t> place = {static_cast<std::int16_t>(tower)};
      const ConstMatrixView x =
          encoder.forward(values, {data.tokens(row)}, place, BatchEncoder::Keep::nothing, nullptr);
      vectors.emplace_back(x.data, x.data + x.cols);
    }
    return vectors;
  }
};

struct Brute {
  const MiningCase& c;
  std::vector<std::vector<float>> first, second;
  std::set<std::int32_t> pool;

  explicit Brute(const MiningCase& of) : c(of), first(c.embed(c.model.links[0].a)) {
    second = c.model.siamese() ? first : c.embed(c.model.links[0].b);
    if (c.model.siamese())
      for (std::int32_t row = 0; row < c.data.text_count(); ++row) pool.insert(row);
    else
      for (const Dataset::Pair& p : c.data.pairs()) pool.insert(p.b);
  }
  float distance(std::int32_t a, std::int32_t b) const {
    const auto& u = first[static_cast<std::size_t>(a)];
    const auto& v = second[static_cast<std::size_t>(b)];
    return gemel::distance(c.metric, u.data(), v.data(), static_cast<std::int64_t>(u.size()));
  }
  bool same_group(std::int32_t a, std::int32_t b) const {
    return c.data.groups()[static_cast<std::size_t>(a)] ==
           c.data.groups()[static_cast<std::size_t>(b)];
  }
  bool passes(float d, float positive) const {
    const SamplingOptions& o = c.options;
    return d >= o.min_distance && (o.max_distance == 0 || d <= o.max_distance) &&
           (o.relative_margin == 1 || d >= (1 - o.relative_margin) * positive);
  }
  /// Texts that may be negatives of a pair, by distance.
  std::vector<std::pair<float, std::int32_t>> candidates(const Dataset::Pair& p) const {
    std::vector<std::pair<float, std::int32_t>> all;
    for (const std::int32_t row : pool)
      if (const float d = distance(p.a, row);
          !same_group(p.a, row) && passes(d, distance(p.a, p.b)))
        all.emplace_back(d, row);
    std::sort(all.begin(), all.end());
    return all;
  }
};

/// Every negative is allowed, and none comes twice for a pair; only positive pairs have any.
inline void check_allowed(const MiningCase& c, const Mined& mined) {
  const Brute brute(c);
  std::int64_t found = 0, wrong = 0;
  for (std::size_t p = 0; p < c.data.pairs().size(); ++p) {
    const Dataset::Pair& pair = c.data.pairs()[p];
    std::set<std::int32_t> allowed, seen;
    for (const auto& [d, row] : brute.candidates(pair)) allowed.insert(row);
    for (const std::int32_t row : mined.negatives.of(static_cast<std::int64_t>(p))) {
      if (row < 0) continue;
      ++found;
      wrong += pair.label < 0.5f || !allowed.contains(row) || !seen.insert(row).second;
    }
  }
  CHECK(found > 0);
  CHECK(wrong == 0);
  CHECK(mined.report.negatives == found);
}

inline std::int64_t positives(const Dataset& data) {
  return std::count_if(data.pairs().begin(), data.pairs().end(),
                       [](const Dataset::Pair& p) { return p.label >= 0.5f; });
}

/// What the choice takes from the candidates, as distances: equal ones may stand for one another.
using Choice = std::function<std::vector<float>(std::vector<float>, float positive)>;

inline void check_choice(const MiningCase& c, const Choice& choice) {
  const Brute brute(c);
  const Mined mined = c.mine();
  check_allowed(c, mined);
  for (std::size_t p = 0; p < c.data.pairs().size(); ++p) {
    const Dataset::Pair& pair = c.data.pairs()[p];
    if (pair.label < 0.5f) continue;
    std::vector<float> distances, found;
    for (const auto& [d, row] : brute.candidates(pair)) distances.push_back(d);
    for (const std::int32_t row : mined.negatives.of(static_cast<std::int64_t>(p)))
      if (row >= 0) found.push_back(brute.distance(pair.a, row));
    CHECK(found == choice(distances, brute.distance(pair.a, pair.b)));
  }
}

inline std::vector<float> front(std::vector<float> d, std::size_t k) {
  d.resize(std::min(k, d.size()));
  return d;
}

}  // namespace gemel::train::test
