#include "search/reach.hpp"

#include <cmath>
#include <limits>

namespace gemel::search {
namespace {

// distance() sums D terms in 16 lanes, so each sum is off by at most D/16 + 16 roundings and a few
// for the terms themselves; twice that is room enough.
double rounding(std::int64_t dimension) {
  return (static_cast<double>(dimension) / 16 + 32) * 0x1p-22;
}

// Squares of differences below 1e-22 vanish in f32, so a distance() of 0 can hide this much.
constexpr double kUnderflow = 1e-16;

}  // namespace

double reach(Metric metric, float min_score, std::int64_t dimension) {
  constexpr double kNever = -1, kAlways = std::numeric_limits<double>::infinity();
  const double slack = rounding(dimension), score = min_score;
  switch (metric) {
    case Metric::cosine:  // |u − v|²/2 = 1 − cos for unit vectors
      return score > 1 ? kNever : 1 - score + slack;
    case Metric::euclidean: {
      if (score > 0) return kNever;
      const double limit = -score + kUnderflow;
      return 0.5 * limit * limit * (1 + 2 * slack);
    }
    case Metric::manhattan:
      return score > 0 ? kNever : -score * (1 + slack) + kUnderflow;
    case Metric::exp_manhattan: {
      if (score > 1) return kNever;
      const double low = score - 0x1p-20;  // 1 − (1 − exp(−x)) is rounded to 2^-24
      return low <= 0 ? kAlways : (-std::log(low)) * (1 + slack) + kUnderflow;
    }
  }
  return kAlways;
}

}  // namespace gemel::search
