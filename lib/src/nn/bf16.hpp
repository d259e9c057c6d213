#pragma once
#include <bit>
#include <cstdint>

namespace gemel::nn {

/// Upper half of an f32, as oneDNN stores it.
using Bf16 = std::uint16_t;

constexpr float widen(float x) {
  return x;
}
constexpr float widen(Bf16 x) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(x) << 16);
}

/// Rounds to nearest, ties to even. NaN stays NaN, its payload is not kept.
constexpr void narrow(float x, Bf16& y) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  const bool nan = (bits & 0x7fffffffu) > 0x7f800000u;
  y = static_cast<Bf16>(nan ? 0x7fc0u : rounded);
}
constexpr void narrow(float x, float& y) {
  y = x;
}

}  // namespace gemel::nn
