#pragma once
#include <memory>

#include "search/difference_kernel.hpp"
#include "search/filter.hpp"

namespace gemel::search {

/// The Manhattan filter with a depth and kernel of one's choice, for tests: 0 < depth <= D. Null
/// where the rows do not vary.
std::unique_ptr<Filter> make_manhattan_filter(const FilterRequest&, std::int64_t depth,
                                              DifferenceKernel);

}  // namespace gemel::search
