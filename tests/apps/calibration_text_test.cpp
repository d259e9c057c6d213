#include "apps/calibration_text.hpp"

#include <doctest.h>

using namespace gemel;
using namespace gemel::app;

TEST_CASE("a calibration is shown with its signs, and its logarithm where it has one") {
  CHECK(calibration_text(CalibrationCurve{14.75, 3.5}) == "p = sigmoid(-14.7500 d + 3.5000)");
  CHECK(calibration_text(CalibrationCurve{5, -1.25, 1.5, 0.01}) ==
        "p = sigmoid(-5.0000 d - 1.5000 ln(d + 0.0100) - 1.2500)");
}
