#pragma once
#include <memory>

#include "search/filter.hpp"

namespace gemel::search {

/// The Manhattan filter with a depth of one's choice, for tests: 0 < depth <= D.
std::unique_ptr<Filter> make_manhattan_filter(const FilterRequest&, std::int64_t depth);

}  // namespace gemel::search
