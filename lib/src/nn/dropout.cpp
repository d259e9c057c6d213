#include "nn/dropout.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>

#include "core/random.hpp"
#include "core/simd.hpp"

namespace gemel::nn {
namespace {

// One hash decides four elements, 16 bits each.
constexpr std::int64_t kBlock = 256;  // elements a round

GEMEL_SIMD_CLONES void apply_mask(std::uint64_t key, std::uint32_t threshold, float scale,
                                  std::int64_t size, float* __restrict row) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t words[kBlock / 4];
  std::uint16_t lots[kBlock];
  for (std::int64_t start = 0; start < size; start += kBlock) {
    const std::int64_t count = std::min(kBlock, size - start);
    const std::uint64_t first = key + static_cast<std::uint64_t>(start / 4);
    const std::uint64_t used = static_cast<std::uint64_t>((count + 3) / 4);
    for (std::uint64_t w = 0; w < used; ++w) words[w] = splitmix64(first + w);
    std::memcpy(lots, words, used * sizeof words[0]);
    float* part = row + start;
    for (std::int64_t j = 0; j < count; ++j)
      part[j] = lots[j] >= threshold ? part[j] * scale : 0.0f;
  }
}

}  // namespace

DropoutMask::DropoutMask(std::uint64_t seed, int site, float rate)
    : key_(splitmix64(splitmix64(seed) + static_cast<std::uint64_t>(site))),
      threshold_(static_cast<std::uint32_t>(std::lround(rate * 65536.0f))),
      scale_(65536.0f / (65536.0f - static_cast<float>(threshold_))) {
  assert(rate >= 0 && threshold_ < 65536);
}

std::uint64_t DropoutMask::row_key(int t, int n) const {
  const std::uint64_t place = static_cast<std::uint64_t>(t) << 32 | static_cast<std::uint32_t>(n);
  return splitmix64(key_ ^ splitmix64(place));
}

float DropoutMask::factor(int t, int n, std::int64_t j) const {
  const std::uint64_t word = splitmix64(row_key(t, n) + static_cast<std::uint64_t>(j / 4));
  return ((word >> (j % 4 * 16)) & 0xffff) >= threshold_ ? scale_ : 0.0f;
}

void DropoutMask::apply(int t, int n, std::int64_t size, float* row) const {
  if (threshold_ != 0) apply_mask(row_key(t, n), threshold_, scale_, size, row);
}

}  // namespace gemel::nn
