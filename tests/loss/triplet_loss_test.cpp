#include "loss/triplet_loss.hpp"

#include <doctest.h>

#include <algorithm>
#include <cmath>

#include "fixture.hpp"

using namespace gemel;
using namespace gemel::loss;
using fixture::kMetrics;
using Triplets = std::vector<Triplet>;

namespace {

struct Outcome {
  TripletLossResult result;
  std::vector<float> gradient;  // [N, D]
};

Outcome run(const TripletLossOptions& options, const std::vector<float>& x, std::size_t width,
            const Triplets& triplets) {
  Outcome o;
  o.gradient.resize(x.size());
  o.result =
      triplet_loss(options, fixture::view(x, width), triplets, fixture::view(o.gradient, width));
  return o;
}

double oracle_loss(Metric m, double margin, const oracle::Vector& x, std::size_t width,
                   const Triplets& triplets) {
  const auto d = [&](std::int32_t i, std::int32_t j) {
    if (i == j) return 0.0;
    const double value = oracle::distance(m, fixture::row(x, width, i), fixture::row(x, width, j));
    return m == Metric::euclidean ? value * value : value;
  };
  double sum = 0, weight = 0;
  for (const Triplet& t : triplets) {
    const double l = d(t.anchor, t.positive) - d(t.anchor, t.negative) + margin;
    sum += double{t.weight} * (l > 0 ? l : 0);
    weight += double{t.weight};
  }
  return sum / weight;
}

}  // namespace

TEST_CASE("hand-worked triplet under every metric") {
  // a = (3, 4), p = (0, 5), n = (4, 3).
  const std::vector<float> x = {3, 4, 0, 5, 4, 3};
  const Triplets t = {{0, 1, 2}};
  const auto loss = [&](Metric m, float margin) { return run({m, margin}, x, 2, t).result.loss; };
  CHECK(loss(Metric::cosine, 0.5f) == doctest::Approx(0.2 - 0.04 + 0.5));
  CHECK(loss(Metric::manhattan, 1) == doctest::Approx(4 - 2 + 1));
  CHECK(loss(Metric::euclidean, 3) == doctest::Approx(10 - 2 + 3));  // squares
  CHECK(loss(Metric::exp_manhattan, 0.5f) == doctest::Approx(0.5 - std::exp(-4) + std::exp(-2)));
  // Exchanged, the negative is far enough: no loss, no slope.
  const Outcome easy = run({Metric::euclidean, 3}, x, 2, {{0, 2, 1}});
  CHECK(easy.result.loss == 0);
  CHECK(easy.result.active == 0);
  CHECK(easy.result.count == 1);
  CHECK(easy.gradient == std::vector<float>(6));
  CHECK(easy.result.positive_distance == doctest::Approx(std::sqrt(2.0)));
  CHECK(easy.result.negative_distance == doctest::Approx(std::sqrt(10.0)));
}

TEST_CASE("squared euclidean has the slopes 2(n − p), −2(a − p) and 2(a − n)") {
  const std::vector<float> x = {3, 4, 0, 5, 4, 3};
  const Outcome o = run({Metric::euclidean, 3}, x, 2, {{0, 1, 2}});
  const std::vector<float> want = {8, -4, -6, 2, -2, 2};
  for (std::size_t i = 0; i < 6; ++i) CHECK(o.gradient[i] == doctest::Approx(want[i]));
}

TEST_CASE("loss and gradient agree with an independent double oracle, every metric") {
  constexpr std::size_t kWidth = 17;
  const Triplets triplets = {{0, 1, 2, 1},    {1, 0, 3, 0.5f}, {4, 5, 0, 2}, {0, 1, 4, 1},
                             {2, 3, 3, 0.5f}, {5, 5, 1, 1},    {3, 2, 1, 0}};
  const std::vector<float> x = fixture::random_rows(8, 6, kWidth);
  for (const Metric m : kMetrics)
    for (const float margin : {0.01f, 0.4f}) {
      CAPTURE(name(m));
      CAPTURE(margin);
      const auto f = [&](const oracle::Vector& e) {
        return oracle_loss(m, double{margin}, e, kWidth, triplets);
      };
      const Outcome o = run({m, margin}, x, kWidth, triplets);
      CHECK(o.result.loss == doctest::Approx(f(fixture::widened(x))).epsilon(1e-5));
      CHECK(o.result.weight == 6);
      CHECK(o.result.count == 7);
      CHECK(o.result.active > 0);
      const oracle::Vector want = oracle::slope(f, fixture::widened(x));
      for (std::size_t i = 0; i < want.size(); ++i)
        CHECK(o.gradient[i] == doctest::Approx(want[i]).epsilon(2e-4).scale(0.05));
    }
}

TEST_CASE("a triplet at the corner of the hinge is not active") {
  // Manhattan on a line: 0.5 − 1 + 0.5.
  const std::vector<float> line = {0, 0.5f, 1};
  const Outcome o = run({Metric::manhattan, 0.5f}, line, 1, {{0, 1, 2}});
  CHECK(o.result.loss == 0);
  CHECK(o.result.active == 0);
  CHECK(o.gradient == std::vector<float>(3));
}

TEST_CASE("degenerate rows, no triplets, no weight, no gradient") {
  std::vector<float> rows = fixture::random_rows(1, 4, 20);
  std::fill_n(rows.begin() + 20, 20, 0.0f);
  std::copy_n(rows.begin(), 20, rows.begin() + 40);  // row 2 equals row 0
  for (const Metric m : kMetrics) {
    CAPTURE(name(m));
    const Outcome o = run({m, 0.5f}, rows, 20, {{0, 1, 2}, {1, 1, 1}, {0, 2, 1}, {0, 2, 2}});
    CHECK(std::isfinite(o.result.loss));
    for (const float g : o.gradient) CHECK(std::isfinite(g));
    CHECK(run({m, 0.5f}, rows, 20, {}).result.loss == 0);
    const Outcome weightless = run({m, 0.5f}, rows, 20, {{0, 1, 2, 0}});
    CHECK(weightless.result.loss == 0);
    CHECK(weightless.gradient == std::vector<float>(80));
    const Triplets one = {{0, 1, 3}};
    const Outcome with = run({m, 0.5f}, rows, 20, one);
    CHECK(triplet_loss({m, 0.5f}, fixture::view(rows, 20), one, {}).loss == with.result.loss);
    std::vector<float> added(80, 1.0f);
    triplet_loss({m, 0.5f}, fixture::view(rows, 20), one, fixture::view(added, 20));
    for (std::size_t i = 0; i < 80; ++i)
      CHECK(added[i] == doctest::Approx(1 + with.gradient[i]).epsilon(1e-5));
  }
}

TEST_CASE("the margin's range depends on the metric") {
  CHECK_NOTHROW(TripletLossOptions{}.validate());
  CHECK_THROWS_WITH((TripletLossOptions{Metric::cosine, 0}.validate()),
                    "margin: is 0; allowed is 0.001 to 2");
  CHECK_THROWS_WITH((TripletLossOptions{Metric::exp_manhattan, 1.5f}.validate()),
                    "margin: is 1.5; allowed is 0.001 to 1");
  CHECK_THROWS_WITH((TripletLossOptions{Metric::euclidean, -1}.validate()),
                    "margin: is -1; allowed is 0.001 to 1e+06");
}
