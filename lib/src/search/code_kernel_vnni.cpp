// Intrinsics, here and in difference_kernel_avx512.cpp only: no compiler here finds "add four
// products of bytes" in plain C++ unless it is a lone reduction, and the instruction does four
// times the work of f32.
#include "search/code_kernel_vnni.hpp"

#include <cassert>
#include <cstring>

#include "core/unroll.hpp"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

namespace gemel::search {
namespace {

constexpr __mmask16 kAll = 0xffff;  // gcc 12 warns of its own header without a mask

#define GEMEL_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

GEMEL_VNNI
std::uint64_t vnni_bits(const __m512i* dot, const CodeRows& a, std::int64_t row,
                        const CodeGroups& b, std::int64_t column, float need) {
  const __m512 scale = _mm512_set1_ps(a.scale[static_cast<std::size_t>(row)]);
  const __m512 rest = _mm512_set1_ps(a.rest[static_cast<std::size_t>(row)]);
  std::uint64_t bits = 0;
  for (std::int64_t p = 0; p < kPanels; ++p) {
    const std::int64_t at = column + p * kPanel;
    const __m512 product =
        _mm512_mul_ps(_mm512_maskz_cvtepi32_ps(kAll, dot[p]), _mm512_load_ps(b.scale.data() + at));
    const __m512 known = _mm512_fmsub_ps(rest, _mm512_load_ps(b.rest.data() + at),
                                         _mm512_load_ps(b.base.data() + at));
    const __m512 bound = _mm512_fmadd_ps(product, scale, known);
    const std::uint64_t kept = _mm512_cmp_ps_mask(bound, _mm512_set1_ps(need), _CMP_NLT_UQ);
    bits |= kept << (p * kPanel);
  }
  return bits;
}

// Six rows by 64 columns: 24 sums, 4 columns and a row's four codes fill the registers.
constexpr std::int64_t kVnniRows = 6;

}  // namespace

bool vnni_available() {
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni");
}

GEMEL_VNNI void vnni_masks(const CodeRows& a, std::int64_t first, std::int64_t count,
                           const CodeGroups& b, std::int64_t group, const float* need,
                           std::uint64_t* masks) {
  const std::int64_t depth = a.depth;
  const std::int8_t* const panel = b.panels.data() + group * kGroup * depth;
  const std::int32_t* const offset = b.offset.data() + group * kGroup;
  for (std::int64_t r0 = 0; r0 < count; r0 += kVnniRows) {
    const std::uint8_t* const rows = a.codes.data() + (first + r0) * depth;
    __m512i sum[kVnniRows][kPanels];
    GEMEL_UNROLL
    for (int r = 0; r < kVnniRows; ++r) GEMEL_UNROLL
    for (int p = 0; p < kPanels; ++p) sum[r][p] = _mm512_load_si512(offset + p * kPanel);
    for (std::int64_t k = 0; k < depth; k += 4) {
      __m512i columns[kPanels];
      GEMEL_UNROLL
      for (int p = 0; p < kPanels; ++p)
        columns[p] = _mm512_load_si512(panel + (p * depth + k) * kPanel);
      GEMEL_UNROLL
      for (int r = 0; r < kVnniRows; ++r) {
        std::int32_t four;
        std::memcpy(&four, rows + r * depth + k, sizeof four);
        const __m512i codes = _mm512_set1_epi32(four);
        GEMEL_UNROLL
        for (int p = 0; p < kPanels; ++p)
          sum[r][p] = _mm512_dpbusd_epi32(sum[r][p], codes, columns[p]);
      }
    }
    // Copied, so that the sums have no address and need not be stored all along.
    __m512i dots[kVnniRows][kPanels];
    GEMEL_UNROLL
    for (int r = 0; r < kVnniRows; ++r) GEMEL_UNROLL
    for (int p = 0; p < kPanels; ++p) dots[r][p] = sum[r][p];
    for (std::int64_t r = 0; r < kVnniRows; ++r)
      masks[r0 + r] = vnni_bits(dots[r], a, first + r0 + r, b, group * kGroup, need[r0 + r]);
  }
}

}  // namespace gemel::search

#else

namespace gemel::search {

bool vnni_available() {
  return false;
}
void vnni_masks(const CodeRows&, std::int64_t, std::int64_t, const CodeGroups&, std::int64_t,
                const float*, std::uint64_t*) {
  assert(false);
}

}  // namespace gemel::search

#endif
