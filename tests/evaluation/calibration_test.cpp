#include "train/evaluation/calibration.hpp"

#include <doctest.h>

#include <cmath>

#include "sample.hpp"

using namespace gemel;
using namespace gemel::evaluation;

TEST_CASE("the fit equals scipy's minimum of the same loss") {
  // scipy.optimize.minimize on Platt's loss, d = 1 − score.
  const Calibration c = fit_calibration(Metric::cosine, sample::sixteen());
  CHECK(c.w == doctest::Approx(2.97781835).epsilon(1e-5));
  CHECK(c.b == doctest::Approx(1.46583976).epsilon(1e-5));
  // The same pairs as negative distances of a metric without bound.
  std::vector<Scored> far = sample::sixteen();
  for (Scored& p : far) p.score = 1000 * (p.score - 1);
  const Calibration f = fit_calibration(Metric::manhattan, far);
  CHECK(f.w == doctest::Approx(0.00297781835).epsilon(1e-4));
  CHECK(f.b == doctest::Approx(1.46583976).epsilon(1e-4));
}

TEST_CASE("separable classes get a finite slope") {
  std::vector<Scored> pairs = sample::sixteen();
  for (std::size_t i = 0; i < pairs.size(); ++i)
    pairs[i].score = (pairs[i].positive() ? 0.9f : 0.2f) + 0.001f * static_cast<float>(i);
  const Calibration c = fit_calibration(Metric::cosine, pairs);
  CHECK(c.w == doctest::Approx(6.31375696).epsilon(1e-4));  // scipy
  CHECK(c.b == doctest::Approx(2.79383744).epsilon(1e-4));
}

TEST_CASE("at the fit the loss has no slope, whatever the pairs") {
  Random random(6);
  for (int round = 0; round < 20; ++round) {
    const std::vector<Scored> pairs = sample::random_pairs(random, 30 + random.below(300));
    double positives = 0;
    for (const Scored& p : pairs) positives += p.label;
    const double negatives = static_cast<double>(pairs.size()) - positives;
    const Calibration c = fit_calibration(Metric::euclidean, pairs);
    REQUIRE(c.w > 0);
    double slope_b = 0, slope_w = 0;
    for (const Scored& p : pairs) {
      const double d = -p.score;
      const double target = p.label == 1 ? (positives + 1) / (positives + 2) : 1 / (negatives + 2);
      const double residual = 1 / (1 + std::exp(c.w * d - c.b)) - target;
      slope_b += residual;
      slope_w -= residual * d;
    }
    CHECK(std::fabs(slope_b) < 1e-5);
    CHECK(std::fabs(slope_w) < 1e-5);
  }
}

TEST_CASE("closer is never less probable: a negative slope becomes the base rate") {
  std::vector<Scored> inverted = sample::sixteen();
  for (Scored& p : inverted) p.score = -p.score;
  const Calibration c = fit_calibration(Metric::manhattan, inverted);
  CHECK(c.w == 0);
  CHECK(c.probability(3) == doctest::Approx(0.5));
  // Equal scores, one class, one pair, none. Smoothed targets: 3/4 of two pairs, 1/3 of one.
  const std::vector<Scored> equal = {{.4f, 1}, {.4f, 1}}, single = {{.4f, 0}};
  CHECK(fit_calibration(Metric::cosine, equal).w == 0);
  CHECK(fit_calibration(Metric::cosine, equal).probability(0.1) == doctest::Approx(0.75));
  CHECK(fit_calibration(Metric::cosine, single).probability(0.1) == doctest::Approx(1 / 3.0));
  const std::vector<Scored> one_class = {{.4f, 1}, {.8f, 1}};
  const Calibration always = fit_calibration(Metric::cosine, one_class);
  CHECK(always.probability(0.9) == doctest::Approx(0.75));
  CHECK(fit_calibration(Metric::cosine, {}).w == 0);
}

TEST_CASE("probabilities stay in [0, 1] at any distance") {
  const Calibration c{10, 5};
  CHECK(c.probability(0.5) == 0.5);
  CHECK(c.probability(1e9) == 0);
  CHECK(c.probability(-1e9) == 1);
}

TEST_CASE("bins and calibration error, hand-worked") {
  const std::vector<Forecast> f = {{.1, false}, {.2, false}, {.3, true}, {.6, true},
                                   {.7, false}, {.9, true},  {.9, true}, {1.0, true}};
  // Two bins of four: said (.1+.2+.3+.6)/4 = .3, true 2/4; said 3.5/4 = .875, true 3/4.
  const std::vector<ReliabilityBin> mass = reliability_bins(f, 2);
  REQUIRE(mass.size() == 2);
  CHECK(mass[0].count == 4);
  CHECK(mass[0].low == .1);
  CHECK(mass[0].high == .6);
  CHECK(mass[0].mean_probability == doctest::Approx(.3));
  CHECK(mass[0].positive_share == doctest::Approx(.5));
  CHECK(expected_calibration_error(mass) == doctest::Approx((.2 * 4 + .125 * 4) / 8));
  // Four of width ¼: {.1 .2} true 0, {.3} true 1, {.6 .7} true ½, {.9 .9 1} true 1.
  const std::vector<ReliabilityBin> width = reliability_bins(f, 4, Binning::equal_width);
  REQUIRE(width.size() == 4);
  CHECK(width[3].count == 3);
  CHECK(width[3].low == .75);
  CHECK(width[3].high == 1);
  CHECK(expected_calibration_error(width) ==
        doctest::Approx((2 * .15 + 1 * .7 + 2 * .15 + 3 * (1 - 2.8 / 3)) / 8));
}

TEST_CASE("equal probabilities share a bin, empty bins are left out") {
  const std::vector<Forecast> f = {{.2, false}, {.5, true}, {.5, false}, {.5, true}, {.9, true}};
  const std::vector<ReliabilityBin> mass = reliability_bins(f, 5);
  REQUIRE(mass.size() == 3);
  CHECK(mass[1].count == 3);
  CHECK(reliability_bins(f, 10, Binning::equal_width).size() == 3);
  CHECK(reliability_bins({}, 10).empty());
  CHECK(std::isnan(expected_calibration_error({})));
  CHECK_THROWS_WITH(reliability_bins(f, 0), "bins: is 0; allowed is 1 to 1000");
}

TEST_CASE("log-loss and Brier score equal scikit-learn's") {
  // Scores taken as probabilities: d = 1 − score.
  std::vector<Forecast> f;
  for (const Scored& p : sample::sixteen()) f.push_back({p.score, p.positive()});
  CHECK(log_loss(f) == doctest::Approx(0.592132370967527).epsilon(1e-6));
  CHECK(brier_score(f) == doctest::Approx(0.205625).epsilon(1e-6));
  CHECK(log_loss(std::vector<Forecast>{{0, true}}) == doctest::Approx(34.538776));  // −ln 1e−15
  CHECK(std::isnan(log_loss({})));
  CHECK(std::isnan(brier_score({})));
}

TEST_CASE("forecasts turn scores back into distances") {
  const Calibration c{2, 1};
  const std::vector<Scored> pairs = {{.75f, 1}, {-2, 0}};
  CHECK(forecast(c, Metric::cosine, pairs)[0].probability ==
        doctest::Approx(1 / (1 + std::exp(-.5))));
  CHECK(forecast(c, Metric::manhattan, pairs)[1].probability ==
        doctest::Approx(1 / (1 + std::exp(3))));
}

// 4,000 distances whose positives follow the curve, as evenly as whole pairs can.
static std::vector<Scored> pairs_of(const CalibrationCurve& curve) {
  std::vector<Scored> pairs;
  double owed = 0;
  for (int i = 0; i < 4000; ++i) {
    const double d = 0.002 * std::exp(i * std::log(500.0) / 4000);  // 0.002 to 1, by ratios
    owed += curve.probability(d);
    const bool positive = owed >= 1;
    owed -= positive;
    pairs.push_back({static_cast<float>(1 - d), positive ? 1.0f : 0.0f});
  }
  return pairs;
}

TEST_CASE("a logarithm enters where the evidence grows by ratios, and only there") {
  const CalibrationCurve truth{2, -4, 2, 0.00225};  // near: a twentieth of the median, 0.045
  const Calibration c = fit_calibration(Metric::cosine, pairs_of(truth));
  CHECK(c.near == doctest::Approx(0.00225).epsilon(0.01));
  CHECK(c.w == doctest::Approx(2).epsilon(0.25));  // few far pairs tell
  CHECK(c.v == doctest::Approx(2).epsilon(0.03));
  CHECK(c.b == doctest::Approx(-4).epsilon(0.05));
  const Calibration line = fit_calibration(Metric::cosine, pairs_of({12, 2}));
  CHECK(line.v == 0);
  CHECK(line.w == doctest::Approx(12).epsilon(0.02));
}

TEST_CASE("a few pairs, or distances that are mostly 0, get no logarithm") {
  std::vector<Scored> pairs = pairs_of({0, -4, 2, 0.002});
  CHECK(fit_calibration(Metric::cosine, std::span(pairs).first(999)).v == 0);
  CHECK(fit_calibration(Metric::cosine, pairs).v > 0);
  for (std::size_t i = 0; i < 3000; ++i) pairs[i].score = 1;
  CHECK(fit_calibration(Metric::cosine, pairs).v == 0);
}
