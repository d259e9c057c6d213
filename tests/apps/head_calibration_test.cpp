#include "apps/head_calibration.hpp"

#include <doctest.h>

#include <cmath>
#include <vector>

using namespace gemel;
using namespace gemel::app;
using gemel::evaluation::Scored;

namespace {

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

// At each logit as many positives of 1,000 as a head of half the slope, less 1, would expect.
std::vector<Scored> overconfident() {
  std::vector<Scored> pairs;
  for (int step = -6; step <= 6; ++step)
    for (int i = 0; i < 1000; ++i)
      pairs.push_back({static_cast<float>(step), i < 1000 * sigmoid(0.5 * step - 1) ? 1.0f : 0.0f});
  return pairs;
}

}  // namespace

TEST_CASE("logits get the slope and shift that labelled pairs have") {
  const HeadScale found = fit_head_scale(overconfident());
  CHECK(found.scale == doctest::Approx(0.5).epsilon(0.01));
  CHECK(found.shift == doctest::Approx(-1).epsilon(0.01));
}

TEST_CASE("of probabilities, up to 0 and 1 themselves") {
  std::vector<Scored> pairs = overconfident();
  for (Scored& pair : pairs) pair.score = static_cast<float>(sigmoid(pair.score));
  const HeadScale found = fit_head_scale_to_probabilities(pairs);
  CHECK(found.scale == doctest::Approx(0.5).epsilon(0.01));
  CHECK(found.shift == doctest::Approx(-1).epsilon(0.01));
  CHECK(rescaled({0.5f, -1}, static_cast<float>(sigmoid(4))) == doctest::Approx(sigmoid(1)));
  CHECK(rescaled({1, 0}, 1.0f) == doctest::Approx(1));
  CHECK(rescaled({1, 0}, 0.0f) == doctest::Approx(0));
}

// Where logits are negative, a logarithm of them would fit better than any line; a head has none.
TEST_CASE("the best line, also where a curve would fit better") {
  std::vector<Scored> pairs;
  for (int step = 1; step <= 40; ++step)
    for (int i = 0; i < 100; ++i) {
      const double logit = -0.1 * step, share = sigmoid(-1 - 2 * std::log(0.02 - logit));
      pairs.push_back({static_cast<float>(logit), i < 100 * share ? 1.0f : 0.0f});
    }
  const HeadScale found = fit_head_scale(pairs);
  double error = 0, moment = 0;  // both 0 where the log-loss is least
  for (const Scored& pair : pairs) {
    const double p = sigmoid(double{found.scale} * double{pair.score} + double{found.shift});
    error += (p - double{pair.label}) / 4000;
    moment += (p - double{pair.label}) * double{pair.score} / 4000;
  }
  CHECK(std::abs(error) < 1e-3);
  CHECK(std::abs(moment) < 1e-3);
}

TEST_CASE("where nothing can be fitted the head stays as it is") {
  const auto untouched = [](const std::vector<Scored>& pairs) {
    const HeadScale found = fit_head_scale(pairs);
    return found.scale == 1 && found.shift == 0;
  };
  CHECK(untouched({}));
  CHECK(untouched({{1, 0.5f}, {2, 1}}));               // degrees
  CHECK(untouched({{1, 1}, {2, 1}, {3, 0}, {4, 0}}));  // upside down
}
