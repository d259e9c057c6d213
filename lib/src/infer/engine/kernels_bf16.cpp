// Intrinsics for the product alone: no compiler here finds "add two products of bf16" in C++.
#include <immintrin.h>
#define GEMEL_UNITS 16
#define GEMEL_ROWS 6
#include "infer/engine/compiled.hpp"
#include "infer/engine/lstm_step.hpp"

namespace {

// Weights: [blocks, 2, 4, W, 2].
struct ProductBf16 {
  const StepArgs& a;
  std::int64_t first, group;
  float* sums;
  template <int R>
  GEMEL_INLINE void run() const {
    const GroupBlocks blocks(a, group);
    const auto* w = static_cast<const std::uint16_t*>(a.weights) + blocks.first * 16 * W;
    const auto* h = static_cast<const std::uint16_t*>(a.h) + first * a.width;
    __m512 sum[R][4];
    GEMEL_UNROLL
    for (int r = 0; r < R; ++r) GEMEL_UNROLL
    for (int j = 0; j < 4; ++j) sum[r][j] = _mm512_setzero_ps();
    for (std::int64_t i = 0; i < blocks.count; ++i) {
      const std::int64_t state = blocks.state(i);
      for (std::int64_t k = state; k < state + 4; k += 2, w += 8 * W) {
        __m512i column[4];
        GEMEL_UNROLL
        for (int j = 0; j < 4; ++j) column[j] = _mm512_loadu_si512(w + j * 2 * W);
        GEMEL_UNROLL
        for (int r = 0; r < R; ++r) {
          std::int32_t two;
          std::memcpy(&two, h + r * a.width + k, sizeof two);
          const __m512bh value = reinterpret_cast<__m512bh>(_mm512_set1_epi32(two));
          GEMEL_UNROLL
          for (int j = 0; j < 4; ++j)
            sum[r][j] = _mm512_dpbf16_ps(sum[r][j], value, reinterpret_cast<__m512bh>(column[j]));
        }
      }
    }
    GEMEL_UNROLL
    for (int r = 0; r < R; ++r) GEMEL_UNROLL
    for (int j = 0; j < 4; ++j) _mm512_storeu_ps(sums + (r * 4 + j) * W, sum[r][j]);
  }
};

}  // namespace

namespace gemel::infer {

void bf16_step(const StepArgs& a) {
  step<ProductBf16, std::uint16_t, std::uint16_t>(a);
}

}  // namespace gemel::infer
