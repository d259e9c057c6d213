#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/precision.hpp"

namespace gemel {

/// What computing in a precision other than f32 cost on labelled pairs.
struct PrecisionCheck {
  Precision precision = Precision::bf16;
  double average_precision = 0;  ///< 0 to 1
  double lost = 0;               ///< f32's average precision less this one's, -1 to 1
  double vector_error = 0;       ///< median distance from f32's vector, as a share of its length
  std::string measured_on;       ///< base name of the file of pairs
  std::int64_t pairs = 0;
  bool operator==(const PrecisionCheck&) const = default;
};

/// Average precision that speed may cost: 0.1 points.
constexpr double kMostLost = 0.001;

/// The fastest precision that was measured to lose no more than that; f32 where none was.
Precision fastest_exact(const std::vector<PrecisionCheck>&);

/// A JSON list of objects with the fields by name.
/// Throws Error naming field and value where one is out of range.
std::string precision_checks_to_json(const std::vector<PrecisionCheck>&);
/// Throws Error naming `where` and the field.
std::vector<PrecisionCheck> precision_checks_from_json(const std::string& where,
                                                       const std::string& text);

}  // namespace gemel
