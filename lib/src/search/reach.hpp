#pragma once
#include <cstdint>

#include "core/metric.hpp"

namespace gemel::search {

/// How far apart two points can be and still score `min_score` by distance(), as a number that the
/// filters compare with: half the squared Euclidean distance (of the unit vectors for cosine, of
/// the vectors for euclidean), the Manhattan distance otherwise. Rounded up by more than distance()
/// errs in f32. Negative: no pair can; infinite: every pair might.
double reach(Metric, float min_score, std::int64_t dimension);

/// True for the metrics whose reach is a Manhattan distance.
constexpr bool is_manhattan(Metric m) {
  return m == Metric::manhattan || m == Metric::exp_manhattan;
}

}  // namespace gemel::search
