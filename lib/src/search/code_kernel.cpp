#include "search/code_kernel.hpp"

#include <algorithm>
#include <array>

#include "core/simd.hpp"
#include "search/code_kernel_vnni.hpp"

namespace gemel::search {
namespace {

// Σ of so many products of codes is below 2^24: f32 adds them without rounding.
constexpr std::int64_t kExactTerms = 1024;
constexpr std::int64_t kTile = 4;

std::size_t index(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

// total[r, j] += Σ_k a[r, k] · b[k, j] of whole numbers, exactly. a [4, depth], b [depth, 16].
GEMEL_SIMD_CLONES
void add_exact_products(const float* a, const float* b, std::int64_t depth, std::int32_t* total) {
  for (std::int64_t k0 = 0; k0 < depth; k0 += kExactTerms) {
    const std::int64_t end = std::min(depth, k0 + kExactTerms);
    float sum[kTile][kPanel] = {};
    for (std::int64_t k = k0; k < end; ++k)
      for (int j = 0; j < kPanel; ++j) {
        sum[0][j] += a[k] * b[k * kPanel + j];
        sum[1][j] += a[depth + k] * b[k * kPanel + j];
        sum[2][j] += a[2 * depth + k] * b[k * kPanel + j];
        sum[3][j] += a[3 * depth + k] * b[k * kPanel + j];
      }
    for (int r = 0; r < kTile; ++r)
      for (int j = 0; j < kPanel; ++j)
        total[r * kPanel + j] += static_cast<std::int32_t>(sum[r][j]);
  }
}

// A panel's codes as floats, [depth, 16].
void unpack_panel(const std::int8_t* panel, std::int64_t depth, float* to) {
  for (std::int64_t k = 0; k < depth; ++k)
    for (std::int64_t j = 0; j < kPanel; ++j)
      to[k * kPanel + j] = static_cast<float>(panel[(k / 4 * kPanel + j) * 4 + k % 4]);
}

// Sixteen verdicts. Fused or not, the sums differ by a rounding that the bound leaves room for.
std::uint64_t panel_bits(const std::int32_t* dot, const CodeRows& a, std::int64_t row,
                         const CodeGroups& b, std::int64_t column, float need) {
  std::uint64_t bits = 0;
  for (std::int64_t j = 0; j < kPanel; ++j) {
    const float product = static_cast<float>(dot[j]) * b.scale[index(column + j)];
    const float known = a.rest[index(row)] * b.rest[index(column + j)] - b.base[index(column + j)];
    const bool ruled_out = product * a.scale[index(row)] + known < need;
    bits |= std::uint64_t{!ruled_out} << j;
  }
  return bits;
}

void portable_masks(const CodeRows& a, std::int64_t first, std::int64_t count, const CodeGroups& b,
                    std::int64_t group, const float* need, Scratch& scratch, std::uint64_t* masks) {
  const std::int64_t depth = a.depth;
  scratch.floats.reserve_discard(index((kGroup + kTile) * depth));
  float* const right = scratch.floats.data();  // [4, depth, 16]
  float* const left = right + kGroup * depth;  // [4, depth]
  for (std::int64_t p = 0; p < kPanels; ++p)
    unpack_panel(b.panels.data() + (group * kGroup + p * kPanel) * depth, depth,
                 right + p * kPanel * depth);
  for (std::int64_t r0 = 0; r0 < count; r0 += kTile) {
    const std::uint8_t* from = a.codes.data() + (first + r0) * depth;
    for (std::int64_t i = 0; i < kTile * depth; ++i) left[i] = static_cast<float>(from[i] - 128);
    std::fill_n(masks + r0, kTile, std::uint64_t{0});
    for (std::int64_t p = 0; p < kPanels; ++p) {
      std::array<std::int32_t, kTile * kPanel> dot{};
      add_exact_products(left, right + p * kPanel * depth, depth, dot.data());
      for (std::int64_t r = 0; r < kTile; ++r)
        masks[r0 + r] |= panel_bits(dot.data() + r * kPanel, a, first + r0 + r, b,
                                    group * kGroup + p * kPanel, need[r0 + r])
                         << (p * kPanel);
    }
  }
}

}  // namespace

CodeKernel best_code_kernel() {
  return vnni_available() ? CodeKernel::avx512_vnni : CodeKernel::portable;
}

Cost cost(CodeKernel kernel) {
  return kernel == CodeKernel::portable ? Cost{3, 4} : Cost{0.5, 1};
}

void code_masks(CodeKernel kernel, const CodeRows& a, std::int64_t first, std::int64_t count,
                const CodeGroups& b, std::int64_t group, const float* need, Scratch& scratch,
                std::uint64_t* masks) {
  if (kernel == CodeKernel::avx512_vnni)
    vnni_masks(a, first, count, b, group, need, masks);
  else
    portable_masks(a, first, count, b, group, need, scratch, masks);
}

}  // namespace gemel::search
