// Intrinsics for the product alone: no compiler here finds "add four products of bytes" in C++.
#include <immintrin.h>
#define GEMEL_UNITS 16
#define GEMEL_ROWS 6
#include "infer/engine/compiled.hpp"
#include "infer/engine/lstm_step.hpp"

namespace {

// Weights: [Hp/W, Hp/4, 4, W, 4]. A hidden state lies in (-1, 1), so its codes need no scale of
// their own: Σ w h = scale · (Σ w_code h_code − 128 Σ w_code).
struct ProductInt8 {
  const StepArgs& a;
  std::int64_t first, group;
  float* sums;
  template <int R>
  GEMEL_INLINE void run() const {
    const auto* w = static_cast<const std::int8_t*>(a.weights) + group * a.width * 4 * W;
    const auto* h = static_cast<const std::uint8_t*>(a.h) + first * a.width;
    __m512i sum[R][4];
    GEMEL_UNROLL
    for (int r = 0; r < R; ++r) GEMEL_UNROLL
    for (int j = 0; j < 4; ++j) sum[r][j] = _mm512_setzero_si512();
    for (std::int64_t k = 0; k < a.width; k += 4, w += 16 * W) {
      __m512i column[4];
      GEMEL_UNROLL
      for (int j = 0; j < 4; ++j) column[j] = _mm512_loadu_si512(w + j * 4 * W);
      GEMEL_UNROLL
      for (int r = 0; r < R; ++r) {
        std::int32_t four;
        std::memcpy(&four, h + r * a.width + k, sizeof four);
        const __m512i codes = _mm512_set1_epi32(four);
        GEMEL_UNROLL
        for (int j = 0; j < 4; ++j) sum[r][j] = _mm512_dpbusd_epi32(sum[r][j], codes, column[j]);
      }
    }
    GEMEL_UNROLL
    for (int j = 0; j < 4; ++j) {
      const std::int64_t at = (group * 4 + j) * W;
      const Floats scale = load(a.scale + at), offset = load(a.offset + at);
      GEMEL_UNROLL
      for (int r = 0; r < R; ++r)
        store(sums + (r * 4 + j) * W,
              __builtin_convertvector(reinterpret_cast<Ints>(sum[r][j]), Floats) * scale + offset);
    }
  }
};

}  // namespace

namespace gemel::infer {

void vnni_step(const StepArgs& a) {
  step<ProductInt8, std::uint16_t, std::uint8_t>(a);
}

}  // namespace gemel::infer
