#pragma once
#include <optional>

namespace gemel {

/// The probability that two texts say the same thing, of their distance d:
///   p = σ(−w·d − v·ln(d + near) + b)
/// With v = 0 that is Platt's line (1999). The logarithm is for distances whose evidence grows by
/// ratios, as beta calibration has it for scores in (0, 1) (Kull, Silva Filho and Flach 2017).
/// w, v >= 0: closer is never less probable.
struct CalibrationCurve {
  double w = 0, b = 0, v = 0;
  double near = 0;  // > 0 where v > 0: below it distances are much the same
  double logit(double distance) const;
  double probability(double distance) const;
  /// The distance of probability p, in (0, 1): below 0 where none is as probable, nothing where the
  /// distance does not matter.
  std::optional<double> distance_at(double p) const;
  bool operator==(const CalibrationCurve&) const = default;
};

}  // namespace gemel
