#include "core/calibration_curve.hpp"

#include <doctest.h>

#include <cmath>

using namespace gemel;

TEST_CASE("a line's probability falls with distance and stays in [0, 1]") {
  const CalibrationCurve c{10, 5};
  CHECK(c.probability(0.5) == 0.5);
  CHECK(c.probability(0.2) == doctest::Approx(0.95257413));  // σ(3)
  CHECK(c.probability(0.1) > c.probability(0.2));
  CHECK(c.probability(1e9) == 0);
  CHECK(CalibrationCurve{10, 1e9}.probability(0) == 1);
}

TEST_CASE("a logarithm makes a ratio of distances count") {
  const CalibrationCurve c{0, 0, 2, 0.01};
  CHECK(c.probability(0.99) == 0.5);                          // ln 1
  CHECK(c.probability(0.49) == doctest::Approx(0.8));         // σ(2 ln 2) = 4/5
  CHECK(c.probability(0.24) == doctest::Approx(16.0 / 17));   // σ(2 ln 4)
  CHECK(c.probability(0) == doctest::Approx(1e4 / 10001.0));  // σ(2 ln 100)
  const CalibrationCurve both{1, 1.5, 2, 0.5};
  CHECK(both.logit(0.5) == doctest::Approx(1.0));  // 1.5 − 0.5 − 2 ln 1
}

TEST_CASE("a probability's distance is the inverse") {
  CHECK(*CalibrationCurve{4, 1}.distance_at(0.5) == 0.25);
  CHECK(*CalibrationCurve{4, 1}.distance_at(0.8) == doctest::Approx(-0.09657359));  // (1 − ln 4)/4
  const CalibrationCurve c{3, -4, 2, 0.01};
  for (const double p : {1e-6, 0.01, 0.5, 0.9, 0.99}) {
    CAPTURE(p);
    CHECK(c.probability(*c.distance_at(p)) == doctest::Approx(p).epsilon(1e-9));
  }
  CHECK(*c.distance_at(0.9999) == -1);  // even equal texts have σ(−4 + 2 ln 100) = 0.9946 only
  CHECK_FALSE(CalibrationCurve{0, 1}.distance_at(0.5).has_value());
  CHECK_FALSE(CalibrationCurve{-1, 1}.distance_at(0.5).has_value());
}
