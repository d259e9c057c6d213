#pragma once
#include <cstdint>

namespace gemel::bench {

/// Bytes a second that all threads together read from `bytes` of memory each, again and again:
/// of a small array from a core's cache, of a large one from memory.
double read_speed(std::int64_t bytes, int threads);

/// Bytes a second that all threads together copy from one large array to another; each counts once.
double copy_speed(std::int64_t bytes, int threads);

}  // namespace gemel::bench
