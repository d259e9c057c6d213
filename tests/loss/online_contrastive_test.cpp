#include "loss/online_contrastive.hpp"

#include <doctest.h>

#include <algorithm>
#include <cmath>

#include "fixture.hpp"

using namespace gemel;
using namespace gemel::loss;
using fixture::kMetrics;
using Pairs = std::vector<Pair>;
using Indices = std::vector<std::size_t>;

namespace {

Indices hard(const std::vector<float>& labels, const std::vector<float>& distances) {
  Pairs pairs;
  for (const float label : labels) pairs.push_back({0, 1, label, 1});
  return hard_pairs(pairs, distances);
}

// Loss over the hard pairs by the definition, quadratically: a positive is hard if some negative is
// closer, a negative if some positive is farther.
double oracle_loss(Metric m, double margin, const oracle::Vector& x, std::size_t width,
                   const Pairs& pairs) {
  const auto d = [&](const Pair& p) {
    return oracle::distance(m, fixture::row(x, width, p.a), fixture::row(x, width, p.b));
  };
  double sum = 0, weight = 0;
  for (const Pair& p : pairs) {
    const bool same = p.label >= 0.5f;
    const auto overtakes = [&](const Pair& q) {
      return (q.label >= 0.5f) != same && (same ? d(q) < d(p) : d(q) > d(p));
    };
    if (std::none_of(pairs.begin(), pairs.end(), overtakes)) continue;
    sum += double{p.weight} *
           oracle::pair_loss(PairLossKind::contrastive, d(p), double{p.label}, margin, 0, 0);
    weight += double{p.weight};
  }
  return sum / weight;
}

PairLossResult run(Metric m, float margin, const std::vector<float>& x, std::size_t width,
                   const Pairs& pairs, std::vector<float>& gradient) {
  PairLossGradients parameters;
  gradient.assign(x.size(), 0);
  const PairLossResult result =
      pair_loss({PairLossKind::online_contrastive, m, margin}, {}, fixture::view(x, width), pairs,
                fixture::view(gradient, width), parameters);
  CHECK(parameters.w == 0);
  CHECK(parameters.b == 0);
  return result;
}

}  // namespace

TEST_CASE("positives beyond the closest negative and negatives within the farthest positive") {
  //          closest negative 3, farthest positive 5
  CHECK(hard({1, 1, 0, 1, 0, 0}, {2, 3, 3, 5, 4.5f, 5}) == Indices{2, 3, 4});
  CHECK(hard({1, 0}, {1, 2}).empty());
  CHECK(hard({1, 0.5f, 0.4f}, {1, 4, 2}) == Indices{1, 2});  // soft labels
  CHECK(hard({1, 1}, {1, 7}) == Indices{0, 1});
  CHECK(hard({0, 0, 0}, {1, 7, 2}) == Indices{0, 1, 2});
  CHECK(hard({}, {}).empty());
  // Weight 0: the negative at 1 neither makes the positive hard nor is there.
  CHECK(hard_pairs(Pairs{{0, 1, 1, 1}, {0, 2, 0, 0}}, std::vector<float>{2, 1}) == Indices{0});
}

TEST_CASE("loss and gradient are those of contrastive over the hard pairs") {
  constexpr std::size_t kWidth = 13;
  std::vector<float> x = fixture::random_rows(6, 8, kWidth);
  for (std::size_t i = 0; i < kWidth; ++i)
    x[kWidth + i] = 0.9f * x[i] + 0.05f * x[kWidth + i];  // the pair 0, 1 is easy
  const Pairs pairs = {{0, 1, 1, 1}, {2, 3, 0, 1},     {4, 5, 1, 2}, {6, 7, 0, 0.5f},
                       {0, 7, 0, 1}, {1, 2, 0.75f, 1}, {3, 4, 0, 1}, {5, 6, 1, 1}};
  for (const Metric m : kMetrics) {
    CAPTURE(name(m));
    const float margin = m == Metric::manhattan ? 1.5f : m == Metric::cosine ? 1.3f : 0.6f;
    const auto f = [&](const oracle::Vector& e) {
      return oracle_loss(m, double{margin}, e, kWidth, pairs);
    };
    std::vector<float> gradient;
    const PairLossResult result = run(m, margin, x, kWidth, pairs, gradient);
    CHECK(result.loss == doctest::Approx(f(fixture::widened(x))).epsilon(1e-5));
    CHECK(result.used > 1);
    CHECK(result.used < 8);
    CHECK(result.positives == 4);
    CHECK(result.negatives == 4);
    const oracle::Vector want = oracle::slope(f, fixture::widened(x));
    for (std::size_t i = 0; i < want.size(); ++i)
      CHECK(gradient[i] == doctest::Approx(want[i]).epsilon(2e-4).scale(0.05));
  }
}

TEST_CASE("a batch in order costs nothing but is still described") {
  // Manhattan on a line: positives 1 and 3 apart, negatives 5 and 9.
  const std::vector<float> line = {0, 1, 3, 5, 9};
  const Pairs pairs = {{0, 1, 1, 1}, {0, 2, 1, 1}, {0, 3, 0, 1}, {0, 4, 0, 1}};
  std::vector<float> gradient;
  const PairLossResult r = run(Metric::manhattan, 10, line, 1, pairs, gradient);
  CHECK(r.loss == 0);
  CHECK(r.weight == 0);
  CHECK(r.used == 0);
  CHECK(gradient == std::vector<float>(5));
  CHECK(r.positive_distance == 2);
  CHECK(r.positive_deviation == doctest::Approx(1));
  CHECK(r.negative_distance == 7);
  CHECK(r.negative_deviation == doctest::Approx(2));
  // Positives only: all are used.
  const PairLossResult all = run(Metric::manhattan, 10, line, 1, {pairs[0], pairs[1]}, gradient);
  CHECK(all.used == 2);
  CHECK(all.loss == doctest::Approx(5));
}

TEST_CASE("its name and its margin") {
  CHECK(name(PairLossKind::online_contrastive) == "online-contrastive");
  CHECK(pair_loss_from_name("online-contrastive") == PairLossKind::online_contrastive);
  CHECK_THROWS_WITH(
      (PairLossOptions{PairLossKind::online_contrastive, Metric::cosine, 3}.validate()),
      "margin: is 3; allowed is 0.001 to 2");
}
