#include "loss/pair_loss.hpp"

#include <doctest.h>

#include <array>
#include <cmath>
#include <gemel/error.hpp>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "oracle.hpp"

using namespace gemel;
using namespace gemel::loss;

namespace {

constexpr std::array kMetrics = {Metric::cosine, Metric::manhattan, Metric::euclidean,
                                 Metric::exp_manhattan};
constexpr std::array kKinds = {PairLossKind::contrastive, PairLossKind::bce};

struct Outcome {
  PairLossResult result;
  std::vector<float> gradient;  // [N, D]
  PairLossGradients parameters;
};

Outcome run(const PairLossOptions& options, const PairLossParameters& parameters,
            const std::vector<float>& embeddings, std::int64_t d, const std::vector<Pair>& pairs) {
  const auto n = static_cast<std::int64_t>(embeddings.size()) / d;
  Outcome o;
  o.gradient.resize(embeddings.size());
  o.result = pair_loss(options, parameters, ConstMatrixView(embeddings.data(), n, d), pairs,
                       MatrixView(o.gradient.data(), n, d), o.parameters);
  return o;
}

void check_slopes(const Outcome& o, const oracle::Vector& want) {
  for (std::size_t i = 0; i < want.size(); ++i)
    CHECK(o.gradient[i] == doctest::Approx(want[i]).epsilon(2e-4).scale(0.05));
}

}  // namespace

TEST_CASE("contrastive loss of hand-worked pairs, every metric") {
  // u = (3, 4), v = (0, 5): cosine 1 − 20/25 = 0.2, manhattan 4, euclidean √10, exp 1 − e^−4.
  const std::vector<float> uv = {3, 4, 0, 5};
  const std::vector<Pair> same = {{0, 1, 1, 1}}, other = {{0, 1, 0, 1}};
  const auto loss = [&](Metric m, float margin, const std::vector<Pair>& pairs) {
    return run({PairLossKind::contrastive, m, margin}, {}, uv, 2, pairs).result.loss;
  };
  CHECK(loss(Metric::cosine, 0.5f, same) == doctest::Approx(0.04));
  CHECK(loss(Metric::cosine, 0.5f, other) == doctest::Approx(0.09));
  CHECK(loss(Metric::manhattan, 6, same) == doctest::Approx(16));
  CHECK(loss(Metric::manhattan, 6, other) == doctest::Approx(4));
  CHECK(loss(Metric::euclidean, 5, same) == doctest::Approx(10));
  CHECK(loss(Metric::euclidean, 5, other) == doctest::Approx(3.3772234));  // (5 − √10)²
  CHECK(loss(Metric::exp_manhattan, 1, same) == doctest::Approx(0.96370418));
  CHECK(loss(Metric::exp_manhattan, 1, other) == doctest::Approx(3.3546263e-4));
  CHECK(loss(Metric::euclidean, 3, other) == 0);
}

TEST_CASE("bce loss of hand-worked pairs, every metric") {
  const std::vector<float> uv = {3, 4, 0, 5};
  const std::vector<Pair> same = {{0, 1, 1, 1}}, other = {{0, 1, 0, 1}};
  const auto bce = [&](Metric m, float w, float b, const std::vector<Pair>& pairs) {
    return run({PairLossKind::bce, m, 0}, {w, b}, uv, 2, pairs);
  };
  // cosine, w = 5, b = 3: z = 2; softplus(−2) = 0.126928, softplus(2) = 2.126928.
  const Outcome s = bce(Metric::cosine, 5, 3, same);
  CHECK(s.result.loss == doctest::Approx(0.12692801));
  CHECK(s.parameters.b == doctest::Approx(-0.11920292));  // σ(2) − 1
  CHECK(s.parameters.w == doctest::Approx(0.023840584));  // −d·(σ(2) − 1)
  const Outcome o = bce(Metric::cosine, 5, 3, other);
  CHECK(o.result.loss == doctest::Approx(2.12692801));
  CHECK(o.parameters.b == doctest::Approx(0.88079708));
  // manhattan, w = 1, b = 4: z = 0, p = ½, loss ln 2 either way.
  CHECK(bce(Metric::manhattan, 1, 4, same).result.loss == doctest::Approx(0.69314718));
  CHECK(bce(Metric::manhattan, 1, 4, other).result.loss == doctest::Approx(0.69314718));
  CHECK(bce(Metric::manhattan, 1, 4, other).gradient ==
        std::vector<float>{-0.5f, 0.5f, 0.5f, -0.5f});
  // euclidean, w = 0.5, b = 1: z = 1 − 1.5811388 = −0.5811388; softplus(−z) = 1.0253563.
  CHECK(bce(Metric::euclidean, 0.5f, 1, same).result.loss == doctest::Approx(1.0253563));
  // exp_manhattan, w = 1, b = 1: z = e^−4 = 0.01831564; softplus(z) = 0.70234694.
  CHECK(bce(Metric::exp_manhattan, 1, 1, other).result.loss == doctest::Approx(0.70234694));
}

TEST_CASE("regression takes degrees alone, and leaves bce the rest") {
  // Cosine similarities 0.8 (rows 0, 1) and 0 (rows 0, 2).
  const std::vector<float> rows = {3, 4, 0, 5, -4, 3};
  const std::vector<Pair> pairs = {{0, 1, 0.5f, 1}, {0, 2, 0.25f, 3}, {0, 1, 1, 7}, {0, 2, 0, 9}};
  const Outcome degrees = run({PairLossKind::regression}, {}, rows, 2, pairs);
  CHECK(degrees.result.loss == doctest::Approx((0.09 + 3 * 0.0625) / 4));
  CHECK(degrees.result.used == 2);
  CHECK(degrees.result.weight == 4);
  CHECK(degrees.parameters.w == 0);
  const PairTerm term = regression_term(0.2, 0.5);
  CHECK(term.loss == doctest::Approx(0.09));
  CHECK(term.dd == doctest::Approx(-0.6));
  PairLossOptions binary;
  binary.no_degrees = true;
  const Outcome rest = run(binary, {}, rows, 2, pairs);
  CHECK(rest.result.used == 2);
  CHECK(rest.result.loss == run({}, {}, rows, 2, {pairs[2], pairs[3]}).result.loss);
  CHECK(run({}, {}, rows, 2, pairs).result.used == 4);
  CHECK(run({PairLossKind::regression}, {}, rows, 2, {pairs[2]}).result.loss == 0);
  // A probability is no degree: it stays with bce, whatever its value.
  const std::vector<Pair> soft = {{0, 1, 0.5f, 1, true}, {0, 2, 0, 1, true}, {0, 2, 0.25f, 3}};
  CHECK(run({PairLossKind::regression}, {}, rows, 2, soft).result.used == 1);
  const Outcome judged = run(binary, {}, rows, 2, soft);
  CHECK(judged.result.used == 2);
  CHECK(judged.result.loss ==
        doctest::Approx((bce_term(0.2, 0.5, 10, 5).loss + bce_term(1, 0, 10, 5).loss) / 2));
}

TEST_CASE("the mean is weighted, distances and counts are reported") {
  // Manhattan on a line: rows 0, 1, 3, 7. Pairs: |0−1| = 1 same; |0−3| = 3 same; |3−7| = 4 not.
  const std::vector<float> line = {0, 1, 3, 7};
  const std::vector<Pair> pairs = {{0, 1, 1, 1}, {0, 2, 1, 2}, {2, 3, 0, 1}, {0, 3, 0, 4}};
  const Outcome o = run({PairLossKind::contrastive, Metric::manhattan, 5}, {}, line, 1, pairs);
  CHECK(o.result.weight == 8);
  CHECK(o.result.loss == doctest::Approx((1 * 1 + 2 * 9 + 1 * 1 + 4 * 0) / 8.0));
  CHECK(o.result.positives == 2);
  CHECK(o.result.negatives == 2);
  CHECK(o.result.active == 3);
  CHECK(o.result.positive_distance == doctest::Approx(2));
  CHECK(o.result.negative_distance == doctest::Approx(5.5));
  // Row 0: from pair 0, 1/8·2·1·(−1); from pair 1, 2/8·2·3·(−1). Row 2: + pair 1, then pair 2
  // pushes 3 away from 7: 1/8·(−2·1)·(−1). Row 3 gets the opposite.
  CHECK(o.gradient[0] == doctest::Approx(-1.75));
  CHECK(o.gradient[1] == doctest::Approx(0.25));
  CHECK(o.gradient[2] == doctest::Approx(1.75));
  CHECK(o.gradient[3] == doctest::Approx(-0.25));
}

TEST_CASE("gradients of every loss and metric agree with an independent double oracle") {
  constexpr std::size_t kRows = 6, kWidth = 19;
  const std::vector<Pair> pairs = {{0, 1, 1, 1},     {0, 2, 0, 1},   {3, 1, 0, 0.5f},
                                   {4, 5, 1, 2.0f},  {2, 5, 0, 1},   {1, 0, 0.25f, 1},
                                   {4, 4, 1, 0.75f}, {3, 4, 0, 0.0f}};
  double total = 0;
  for (const Pair& p : pairs) total += double{p.weight};
  Random random(5);
  std::vector<float> x(kRows * kWidth);
  for (float& e : x) e = static_cast<float>(0.06 * random.normal());
  const oracle::Vector start(x.begin(), x.end());

  for (const PairLossKind kind : kKinds)
    for (const Metric m : kMetrics) {
      CAPTURE(name(kind));
      CAPTURE(name(m));
      // Margins beyond most distances of these rows, so that negatives are active.
      const float margin = m == Metric::manhattan ? 3.0f : m == Metric::cosine ? 1.4f : 0.9f;
      const PairLossParameters parameters{3.0f, 1.5f};
      const auto total_loss = [&](const oracle::Vector& e, double w, double b) {
        double sum = 0;
        for (const Pair& p : pairs) {
          const auto row = [&](std::int32_t r) {
            const auto at = e.begin() + r * static_cast<std::ptrdiff_t>(kWidth);
            return oracle::Vector(at, at + kWidth);
          };
          // A pair of a row with itself: d = 0 whatever the row, so no slope in the row.
          const double d = p.a == p.b ? 0 : oracle::distance(m, row(p.a), row(p.b));
          sum += double{p.weight} * oracle::pair_loss(kind, d, p.label, margin, w, b);
        }
        return sum / total;
      };
      const Outcome o = run({kind, m, margin}, parameters, x, kWidth, pairs);
      CHECK(o.result.loss == doctest::Approx(total_loss(start, 3, 1.5)).epsilon(1e-5));
      check_slopes(o, oracle::slope([&](const auto& e) { return total_loss(e, 3, 1.5); }, start));
      const auto at_parameters = [&](const oracle::Vector& q) {
        return total_loss(start, q[0], q[1]);
      };
      const oracle::Vector want = oracle::slope(at_parameters, {3, 1.5});
      CHECK(o.parameters.w == doctest::Approx(want[0]).epsilon(1e-5).scale(0.1));
      CHECK(o.parameters.b == doctest::Approx(want[1]).epsilon(1e-5).scale(0.1));
    }
}

TEST_CASE("zero distances and zero vectors give finite losses and gradients") {
  std::vector<float> rows(4 * 20);
  for (std::size_t i = 0; i < 20; ++i) rows[i] = rows[20 + i] = 0.1f * static_cast<float>(i) - 1;
  // Rows 0 and 1 are equal, rows 2 and 3 zero.
  for (const float label : {0.0f, 1.0f})
    for (const PairLossKind kind : kKinds)
      for (const Metric m : kMetrics) {
        CAPTURE(name(kind));
        CAPTURE(name(m));
        const std::vector<Pair> pairs = {{0, 1, label, 1}, {2, 3, label, 1}, {0, 2, label, 1}};
        const Outcome o = run({kind, m, 0.5f}, {}, rows, 20, pairs);
        CHECK(std::isfinite(o.result.loss));
        CHECK(std::isfinite(o.parameters.w));
        for (const float g : o.gradient) CHECK(std::isfinite(g));
      }
  const Outcome same =
      run({PairLossKind::contrastive, Metric::euclidean, 1}, {}, rows, 20, {{0, 1, 1, 1}});
  CHECK(same.result.loss == 0);
  CHECK(same.gradient == std::vector<float>(80));
}

TEST_CASE("extreme logits neither overflow nor lose the tail") {
  const PairTerm sure = bce_term(0, 1, 10, 800), wrong = bce_term(0, 0, 10, 800);
  CHECK(sure.loss == 0);
  CHECK(sure.db == 0);
  CHECK(wrong.loss == 800);
  CHECK(wrong.db == 1);
  CHECK(wrong.dd == -10);
  const PairTerm far = bce_term(1e6, 1, 10, 0);
  CHECK(far.loss == 1e7);
  CHECK(far.db == -1);
  CHECK(far.dd == 10);
  CHECK(far.dw == 1e6);
  // z = 40: 1 − p = e^−40 is below double's step at 1, the loss is not.
  const PairTerm tail = bce_term(0, 1, 1, 40);
  CHECK(tail.loss == doctest::Approx(4.248354255e-18).epsilon(1e-9));
  CHECK(tail.db == doctest::Approx(-4.248354255e-18).epsilon(1e-9));
}

TEST_CASE("no pairs, or no weight, is no loss and no gradient") {
  const std::vector<float> rows = {1, 2, 3, 4};
  CHECK(run({}, {}, rows, 2, {}).result.loss == 0);
  const Outcome o = run({}, {}, rows, 2, {{0, 1, 1, 0}});
  CHECK(o.result.loss == 0);
  CHECK(o.gradient == std::vector<float>(4));
  PairLossGradients none;
  const std::vector<Pair> pairs = {{0, 1, 1, 1}};
  CHECK(pair_loss({PairLossKind::contrastive, Metric::manhattan, 1}, {},
                  ConstMatrixView(rows.data(), 2, 2), pairs, {}, none)
            .loss == 16);
}

TEST_CASE("options name the field, its value and what is allowed") {
  const auto message = [](const PairLossOptions& o) -> std::string {
    try {
      o.validate();
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  CHECK(message({PairLossKind::contrastive, Metric::cosine, 3}) ==
        "margin: is 3; allowed is 0.001 to 2");
  CHECK(message({PairLossKind::contrastive, Metric::exp_manhattan, 1.5f}) ==
        "margin: is 1.5; allowed is 0.001 to 1");
  CHECK(message({PairLossKind::contrastive, Metric::euclidean, NAN}) ==
        "margin: is nan; allowed is 0.001 to 1e+06");
  CHECK(message({PairLossKind::contrastive, Metric::euclidean, 5}) == "");
  CHECK(message({PairLossKind::bce, Metric::cosine, 0}) == "");
  CHECK(pair_loss_from_name("contrastive") == PairLossKind::contrastive);
  CHECK_THROWS_WITH(
      pair_loss_from_name("hinge"),
      "loss: 'hinge' is not known; choose among contrastive, bce, online-contrastive, "
      "regression");
}
