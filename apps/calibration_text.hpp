#pragma once
#include <string>

#include "core/calibration_curve.hpp"

namespace gemel::app {

/// "p = sigmoid(-14.7001 d + 3.5239)", with " - 1.6984 ln(d + 0.0097)" where it has a logarithm.
std::string calibration_text(const CalibrationCurve&);

}  // namespace gemel::app
