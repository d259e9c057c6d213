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

// bf16 is the upper half of an f32. Rounds to nearest, ties to even; the bits stand below.
GEMEL_INLINE Words to_bf16(Floats x) {
  const Words bits = reinterpret_cast<Words>(x);
  return (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
}
GEMEL_INLINE void store(std::uint16_t* p, Floats x) {
  const Halves v = __builtin_convertvector(to_bf16(x), Halves);
  std::memcpy(p, &v, sizeof v);
}

// A gate j of a unit's input, [4, W] as f32. As bf16 two gates share a word, [2, W, 2]: the even
// one its lower half, so that each costs one instruction.
GEMEL_INLINE Floats load_gate(const float* p, int j) {
  return load(p + j * W);
}
GEMEL_INLINE Floats load_gate(const std::uint16_t* p, int j) {
  Words both;
  std::memcpy(&both, p + j / 2 * 2 * W, sizeof both);
  return reinterpret_cast<Floats>(j % 2 == 0 ? both << 16 : both & 0xffff0000u);
}
GEMEL_INLINE void store_gates(float* p, const Floats (&gate)[4]) {
  for (int j = 0; j < 4; ++j) store(p + j * W, gate[j]);
}
GEMEL_INLINE void store_gates(std::uint16_t* p, const Floats (&gate)[4]) {
  for (int j = 0; j < 4; j += 2) {
    const Words both = to_bf16(gate[j]) | to_bf16(gate[j + 1]) << 16;
    std::memcpy(p + j * W, &both, sizeof both);
  }
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
