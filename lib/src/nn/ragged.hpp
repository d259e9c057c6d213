#pragma once
#include <cassert>
#include <cstdint>

namespace gemel::nn {

/// Shape of a time-major batch [T, N, …] whose text n ends after lengths[n] steps.
struct Ragged {
  int steps = 0;                          // T
  int texts = 0;                          // N
  const std::int32_t* lengths = nullptr;  // [N], 1 to T

  std::int64_t rows() const { return std::int64_t{steps} * texts; }
  bool valid(int t, int n) const { return t < lengths[n]; }
  std::int64_t row(int t, int n) const { return std::int64_t{t} * texts + n; }
  /// Row of valid step t when text n is reversed within its own length.
  std::int64_t mirrored(int t, int n) const {
    assert(valid(t, n));
    return std::int64_t{lengths[n] - 1 - t} * texts + n;
  }
};

/// A pair of time-major buffers [T, N, width]: `forward` in text order, `backward` with each text
/// reversed within its own length, so that both are read left to right.
template <class Real>
struct Directions {
  Real* forward = nullptr;
  Real* backward = nullptr;
};

}  // namespace gemel::nn
