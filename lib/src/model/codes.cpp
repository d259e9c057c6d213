#include "model/codes.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace gemel {
namespace {

constexpr int kHighest = 127;

// The smallest scale of a 16-bit mantissa that keeps every code within 127. 127 times it is then an
// f32 without rounding, so that encoding what was decoded finds the same scale.
float scale_of(std::span<const float> block) {
  float largest = 0;
  for (const float value : block) largest = std::max(largest, std::abs(value));
  const auto bits = std::bit_cast<std::uint32_t>(largest / kHighest);
  return std::bit_cast<float>((bits + 0xffu) & ~0xffu);
}

}  // namespace

bool fits_codes(std::span<const std::int64_t> shape) {
  std::size_t count = 1;
  for (const std::int64_t extent : shape) count *= static_cast<std::size_t>(extent);
  return shape.size() >= 2 && count % kCodeBlock == 0;
}

Codes encode(std::span<const float> values) {
  Codes out;
  out.codes.resize(values.size());
  for (std::size_t begin = 0; begin < values.size(); begin += kCodeBlock) {
    const std::span<const float> block = values.subspan(begin, kCodeBlock);
    const float scale = scale_of(block);
    out.scales.push_back(scale);
    if (scale == 0) continue;
    for (std::size_t i = 0; i < kCodeBlock; ++i)
      out.codes[begin + i] = static_cast<std::int8_t>(
          std::clamp(std::nearbyint(block[i] / scale), -float{kHighest}, float{kHighest}));
  }
  return out;
}

}  // namespace gemel
