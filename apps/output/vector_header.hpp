#pragma once
#include <cstdint>
#include <string>

#include "apps/output/vector_format.hpp"

namespace gemel::output {

/// What stands before the rows: 128 bytes for npy, 8 for fbin, none for the others. The size does
/// not depend on the counts, so that a header can be patched.
/// Format of npy: NumPy's numpy/lib/format.py, version 1.0.
/// @param count n, rows; @param dimension D, floats a row. Throws Error where fbin's 32 bits do not
/// hold n.
std::string vector_header(VectorFormat, std::int64_t count, std::int64_t dimension);

}  // namespace gemel::output
