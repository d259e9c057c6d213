#include "core/calibration_curve.hpp"

#include <cmath>

namespace gemel {

double CalibrationCurve::logit(double distance) const {
  return b - w * distance - (v > 0 ? v * std::log(distance + near) : 0.0);
}

double CalibrationCurve::probability(double distance) const {
  const double z = logit(distance), e = std::exp(-std::fabs(z));
  return z >= 0 ? 1 / (1 + e) : e / (1 + e);
}

std::optional<double> CalibrationCurve::distance_at(double p) const {
  if (!(w > 0) && !(v > 0)) return std::nullopt;
  const double wanted = std::log(p / (1 - p));
  if (!(v > 0)) return (b - wanted) / w;
  if (logit(0) < wanted) return -1;
  double low = 0, high = near;
  while (logit(high) > wanted && std::isfinite(high)) high *= 2;
  for (int i = 0; i < 200 && low < high; ++i) {  // the logit falls: halves of what is left
    const double middle = low + (high - low) / 2;
    if (middle == low || middle == high) break;
    (logit(middle) >= wanted ? low : high) = middle;
  }
  return low;
}

}  // namespace gemel
