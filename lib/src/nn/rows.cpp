#include "nn/rows.hpp"

#include <bit>

#include "core/simd.hpp"

// Bodies are templates over the compute type; the attribute wants plain functions, hence the pairs.
#define GEMEL_INLINE [[gnu::always_inline]] inline

namespace gemel::nn {
namespace {

template <class Real>
GEMEL_INLINE void narrow_body(const float* __restrict x, std::int64_t n, Real* __restrict y) {
  for (std::int64_t j = 0; j < n; ++j) narrow(x[j], y[j]);
}
template <class Real>
GEMEL_INLINE void widen_body(const Real* __restrict x, std::int64_t n, float* __restrict y) {
  for (std::int64_t j = 0; j < n; ++j) y[j] = widen(x[j]);
}
template <class Real>
GEMEL_INLINE void add_body(const Real* __restrict x, std::int64_t n, float* __restrict y) {
  for (std::int64_t j = 0; j < n; ++j) y[j] += widen(x[j]);
}
template <class Real>
GEMEL_INLINE void max_body(const Real* __restrict x, std::int64_t n, float* __restrict best) {
  for (std::int64_t j = 0; j < n; ++j) {
    const float v = widen(x[j]);
    best[j] = v > best[j] ? v : best[j];
  }
}
template <class Real>
GEMEL_INLINE void argmax_body(const Real* __restrict x, std::int64_t n, std::int32_t step,
                              float* __restrict best, std::int32_t* __restrict arg) {
  for (std::int64_t j = 0; j < n; ++j) {
    const float v = widen(x[j]);
    arg[j] = v > best[j] ? step : arg[j];
    best[j] = v > best[j] ? v : best[j];
  }
}

// tanh(x) = 1 − 2 / (e^2x + 1), e^2x = 2^k · e^r with |r| <= ln 2 / 2 and e^r a Taylor sum. The
// difference cancels near zero, where tanh's own series takes over.
GEMEL_INLINE float tanh_body(float x) {
  constexpr float kRound = 12582912.0f;  // 1.5 · 2^23: adding it leaves an integer in the low bits
  float z = 2.0f * x;
  z = z > 20.0f ? 20.0f : z;
  z = z < -20.0f ? -20.0f : z;
  const float shifted = z * 1.44269504f + kRound;
  const float k = shifted - kRound;
  const float r = (z - k * 0.693145752f) - k * 1.42860677e-6f;
  float e = 1.0f / 5040;
  e = e * r + 1.0f / 720;
  e = e * r + 1.0f / 120;
  e = e * r + 1.0f / 24;
  e = e * r + 1.0f / 6;
  e = e * r + 0.5f;
  e = e * r + 1.0f;
  e = e * r + 1.0f;
  const std::uint32_t exponent = (std::bit_cast<std::uint32_t>(shifted) + 127u) << 23;
  e *= std::bit_cast<float>(exponent);
  const float large = 1.0f - 2.0f / (e + 1.0f);
  const float s = x * x;
  const float small = x * (1.0f - s * (1.0f / 3 - s * (2.0f / 15 - s * (17.0f / 315))));
  return s < 0.01f ? small : large;
}

}  // namespace

GEMEL_SIMD_CLONES void narrow_row(const float* x, std::int64_t n, float* y) {
  narrow_body(x, n, y);
}
GEMEL_SIMD_CLONES void narrow_row(const float* x, std::int64_t n, Bf16* y) {
  narrow_body(x, n, y);
}
GEMEL_SIMD_CLONES void widen_row(const float* x, std::int64_t n, float* y) {
  widen_body(x, n, y);
}
GEMEL_SIMD_CLONES void widen_row(const Bf16* x, std::int64_t n, float* y) {
  widen_body(x, n, y);
}
GEMEL_SIMD_CLONES void add_row(const float* x, std::int64_t n, float* y) {
  add_body(x, n, y);
}
GEMEL_SIMD_CLONES void add_row(const Bf16* x, std::int64_t n, float* y) {
  add_body(x, n, y);
}
GEMEL_SIMD_CLONES void max_row(const float* x, std::int64_t n, float* best) {
  max_body(x, n, best);
}
GEMEL_SIMD_CLONES void max_row(const Bf16* x, std::int64_t n, float* best) {
  max_body(x, n, best);
}
GEMEL_SIMD_CLONES void argmax_row(const float* x, std::int64_t n, std::int32_t step, float* best,
                                  std::int32_t* arg) {
  argmax_body(x, n, step, best, arg);
}
GEMEL_SIMD_CLONES void argmax_row(const Bf16* x, std::int64_t n, std::int32_t step, float* best,
                                  std::int32_t* arg) {
  argmax_body(x, n, step, best, arg);
}

GEMEL_SIMD_CLONES void scale_row(const float* __restrict x, std::int64_t n, float factor,
                                 float* __restrict y) {
  for (std::int64_t j = 0; j < n; ++j) y[j] = factor * x[j];
}
GEMEL_SIMD_CLONES void add_scaled_row(const float* __restrict x, std::int64_t n, float factor,
                                      float* __restrict y) {
  for (std::int64_t j = 0; j < n; ++j) y[j] += factor * x[j];
}
GEMEL_SIMD_CLONES void sum_row(const float* __restrict a, const float* __restrict b, std::int64_t n,
                               float* __restrict y) {
  for (std::int64_t j = 0; j < n; ++j) y[j] = a[j] + b[j];
}
GEMEL_SIMD_CLONES void add_where_row(const float* __restrict x, const std::int32_t* __restrict arg,
                                     std::int32_t step, std::int64_t n, float* __restrict y) {
  for (std::int64_t j = 0; j < n; ++j) y[j] += arg[j] == step ? x[j] : 0.0f;
}
GEMEL_SIMD_CLONES void tanh_row(std::int64_t n, float* x) {
  for (std::int64_t j = 0; j < n; ++j) x[j] = tanh_body(x[j]);
}
GEMEL_SIMD_CLONES void tanh_backward_row(const float* __restrict y, std::int64_t n,
                                         float* __restrict dy) {
  for (std::int64_t j = 0; j < n; ++j) dy[j] *= 1.0f - y[j] * y[j];
}
GEMEL_SIMD_CLONES float dot(const float* __restrict a, const float* __restrict b, std::int64_t n) {
  float lanes[16] = {};  // independent sums, so that the loop vectorises
  std::int64_t j = 0;
  for (; j + 16 <= n; j += 16)
    for (int l = 0; l < 16; ++l) lanes[l] += a[j + l] * b[j + l];
  float sum = 0;
  for (; j < n; ++j) sum += a[j] * b[j];
  for (const float lane : lanes) sum += lane;
  return sum;
}

}  // namespace gemel::nn
