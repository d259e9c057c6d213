#pragma once
#include <memory>

#include "search/code_kernel.hpp"
#include "search/filter.hpp"
#include "search/points.hpp"
#include "search/rotation.hpp"

namespace gemel::search {

/// What the first coordinates after a rotation can promise, for a choice of how many to look at.
struct DepthChoice {
  std::int64_t depth = 0;  ///< coordinates; 0: ruling out does not pay
  double cycles = 0;       ///< expected cost of the search
};

/// Weighs depths in `depths` (ascending) on pairs of sample points [S, D], whose projections on
/// the first directions are [S, K].
/// @param reaches  ascending
DepthChoice choose_depth(const FilterRequest&, const std::vector<double>& reaches,
                         ConstMatrixView sample, ConstMatrixView projections, CodeKernel);

/// The filter with a depth of one's choice, for tests: 0 < depth <= D. A depth below D is a
/// multiple of 64.
std::unique_ptr<Filter> make_code_filter(const FilterRequest&, const Points&,
                                         const Directions* directions, std::int64_t depth,
                                         CodeKernel);

}  // namespace gemel::search
