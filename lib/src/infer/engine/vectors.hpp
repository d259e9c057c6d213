// Vectors of W floats in the compiler's own vector type: one source for SSE2, AVX2, AVX-512 and
// NEON. Included by the kernel files, each compiled for its instruction set; everything is in an
// unnamed namespace, for the linker must not take one file's code for another's.
//
// GEMEL_UNITS is W.
#pragma once
#include <cstdint>
#include <cstring>

#include "core/unroll.hpp"

#define GEMEL_INLINE inline __attribute__((always_inline))

namespace {

constexpr int W = GEMEL_UNITS;
using Floats = float __attribute__((vector_size(4 * W)));
using Ints = std::int32_t __attribute__((vector_size(4 * W)));
using Words = std::uint32_t __attribute__((vector_size(4 * W)));
using Halves = std::uint16_t __attribute__((vector_size(2 * W)));
using Bytes = std::uint8_t __attribute__((vector_size(W)));

GEMEL_INLINE Floats load(const float* p) {
  Floats v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
GEMEL_INLINE void store(float* p, Floats v) {
  std::memcpy(p, &v, sizeof v);
}
GEMEL_INLINE Floats splat(float x) {
  return x - Floats{};
}

// bf16 is the upper half of an f32.
GEMEL_INLINE Floats load(const std::uint16_t* p) {
  Halves v;
  std::memcpy(&v, p, sizeof v);
  const Words wide = __builtin_convertvector(v, Words) << 16;
  return reinterpret_cast<Floats>(wide);
}
// Rounds to nearest, ties to even.
GEMEL_INLINE void store(std::uint16_t* p, Floats x) {
  Words bits = reinterpret_cast<Words>(x);
  bits = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  const Halves v = __builtin_convertvector(bits, Halves);
  std::memcpy(p, &v, sizeof v);
}
// Codes round(127 x) + 128 of x in [-1, 1].
GEMEL_INLINE void store(std::uint8_t* p, Floats x) {
  const Ints code = __builtin_convertvector(x * 127.0f + 128.5f, Ints);
  const Bytes v = __builtin_convertvector(code, Bytes);
  std::memcpy(p, &v, sizeof v);
}

GEMEL_INLINE Floats clamp(Floats x, float limit) {
  const Floats high = splat(limit), low = splat(-limit);
  x = x > high ? high : x;
  return x < low ? low : x;
}

// e^x for |x| <= 87, relative error below 3e-7: 2^n · 2^f with |f| <= 1/2, the second by a
// polynomial (Taylor's to the sixth power, its last coefficients moved to level the error).
GEMEL_INLINE Floats exponential(Floats x) {
  constexpr float kRound = 12582912.0f;  // 1.5 · 2^23: adding it leaves the integer in the low bits
  const Floats power = x * 1.44269504f;
  const Floats rounded = power + kRound;
  const Floats f = power - (rounded - kRound);
  Floats p = f * 1.5403530e-4f + 1.3333558e-3f;
  p = p * f + 9.6181291e-3f;
  p = p * f + 5.5504109e-2f;
  p = p * f + 2.4022651e-1f;
  p = p * f + 6.9314718e-1f;
  p = p * f + 1.0f;
  const Ints scaled = reinterpret_cast<Ints>(p) + (reinterpret_cast<Ints>(rounded) << 23);
  return reinterpret_cast<Floats>(scaled);
}

}  // namespace
