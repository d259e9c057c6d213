#pragma once
#include <cstdint>

namespace gemel {

/// y += x, n elements, compiled for several instruction sets. The ranges do not overlap.
void add_span(const float* x, std::int64_t n, float* y);

}  // namespace gemel
