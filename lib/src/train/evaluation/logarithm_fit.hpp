#pragma once
#include <optional>
#include <span>

#include "core/calibration_curve.hpp"

namespace gemel::evaluation {

/// The best curve with a logarithm, near being a twentieth of the median distance: Newton's method
/// on the log-loss of the targets, of w and v those that are not negative. Nothing where a
/// logarithm does not enter, where the median is 0, or where the loss falls by less than 0.002 a
/// pair below that of `line`, which is then good enough.
/// @param distances [N], finite, >= 0
/// @param targets [N], in (0, 1)
std::optional<CalibrationCurve> fit_logarithm(std::span<const double> distances,
                                              std::span<const double> targets,
                                              const CalibrationCurve& line);

}  // namespace gemel::evaluation
