#pragma once
#include <cstdint>
#include <vector>

#include "search/filter.hpp"

namespace gemel::search {

/// Which coordinates are looked at, in which order, and the grid their values are put on.
struct Grid {
  std::vector<std::int64_t> order;  // [D], the ones that vary most first
  std::vector<float> centre;        // [D], by coordinate
  double step = 0;
};

/// Evenly spread rows of both sets.
std::vector<const float*> sample_for_grid(const FilterRequest&);
/// @param rows  [D] each, one at least
Grid make_grid(const std::vector<const float*>& rows, std::int64_t dimension);
/// How many coordinates promise the shortest search, weighed on pairs of sample rows; 0 where
/// ruling out does not pay.
/// @param reaches  ascending
std::int64_t choose_grid_depth(const FilterRequest&, const std::vector<double>& reaches,
                               const Grid&, const std::vector<const float*>& rows, const Cost&);

}  // namespace gemel::search
