// What a round of mining looks at, and what it tells of it.
#include "tests/train/mining_case.hpp"

using namespace gemel;
using namespace gemel::train;
using namespace gemel::train::test;

TEST_CASE("a share of the positive pairs, a pool of the texts") {
  MiningCase c(toy_model(), 200);
  c.options.mined_share = 0.5f;
  c.options.mining_pool = 7;
  const Mined mined = c.mine();
  check_allowed(c, mined);
  CHECK(mined.report.pool == 7);
  CHECK(mined.report.pairs > positives(c.data) / 4);
  CHECK(mined.report.pairs < 3 * positives(c.data) / 4);
  std::set<std::int32_t> rows(mined.negatives.rows.begin(), mined.negatives.rows.end());
  rows.erase(-1);
  CHECK(rows.size() <= 7);
  c.options.mined_share = 0;
  CHECK(c.mine().report.negatives == 0);
}

TEST_CASE("threads do not change what is mined; the stop flag ends it") {
  MiningCase c(toy_model(), 300);
  for (const NegativeMiner miner :
       {NegativeMiner::hardest, NegativeMiner::random, NegativeMiner::distance_weighted}) {
    c.options.mining = miner;
    CHECK(c.mine(1).negatives.rows == c.mine(3).negatives.rows);
  }
  TowerEncoder encoder(c.towers, 1, 1);
  const std::atomic<bool> stop{true};
  MiningReport report;
  CHECK_THROWS_AS(Miner(c.data, c.model.links, c.options, c.metric, 1)
                      .mine(encoder, c.values, 1, &stop, report),
                  Interrupted);
}

TEST_CASE("two towers: negatives are second texts, measured across the towers") {
  const MiningCase c(toy_towers());
  check_choice(c, [](std::vector<float> d, float) { return front(std::move(d), 3); });
}

TEST_CASE("the report counts what was passed over and tells the scores' quantiles") {
  MiningCase c(toy_model());
  c.metric = Metric::euclidean;
  c.options.min_distance = 0.2f;
  c.options.max_distance = 0.6f;
  c.options.relative_margin = 0.05f;
  c.options.mined_negatives = 64;
  const Mined mined = c.mine();
  const Brute brute(c);
  MiningReport wanted;
  std::vector<float> scores;
  for (const Dataset::Pair& p : c.data.pairs()) {
    if (p.label < 0.5f) continue;
    ++wanted.pairs;
    std::int64_t left = 0;
    for (const std::int32_t row : brute.pool) {
      const float d = brute.distance(p.a, row);
      if (brute.same_group(p.a, row))
        ++wanted.same_group;
      else if (d < 0.2f)
        ++wanted.too_close;
      else if (d > 0.6f)
        ++wanted.too_far;
      else if (!brute.passes(d, brute.distance(p.a, p.b)))
        ++wanted.relative;
      else
        ++left;
    }
    wanted.missing += std::max<std::int64_t>(0, 64 - left);
    auto chosen = brute.candidates(p);
    chosen.resize(std::min<std::size_t>(64, chosen.size()));
    for (const auto& candidate : chosen) scores.push_back(-candidate.first);
  }
  CHECK(mined.report.pairs == wanted.pairs);
  CHECK(mined.report.pool == c.data.text_count());
  CHECK(mined.report.same_group == wanted.same_group);
  CHECK(mined.report.too_close == wanted.too_close);
  CHECK(mined.report.too_far == wanted.too_far);
  CHECK(mined.report.relative == wanted.relative);
  CHECK(mined.report.missing == wanted.missing);
  CHECK(wanted.relative * wanted.too_close * wanted.too_far * wanted.same_group > 0);
  std::sort(scores.begin(), scores.end());
  REQUIRE(mined.report.negatives == static_cast<std::int64_t>(scores.size()));
  CHECK(mined.report.scores.least == doctest::Approx(double{scores.front()}).epsilon(1e-6));
  CHECK(mined.report.scores.most == doctest::Approx(double{scores.back()}).epsilon(1e-6));
  CHECK(mined.report.scores.middle ==
        doctest::Approx(double{scores[scores.size() / 2]}).epsilon(1e-2));
}
