#include <cassert>
#include <cstring>

#include "search/difference_kernel.hpp"
#include "core/unroll.hpp"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

namespace gemel::search {
namespace {

// Three rows by 64 columns: 24 sums, a stack of columns and three rows' codes fill the registers.
constexpr int kTileRows = 3;

}  // namespace

bool avx512_available() {
  return __builtin_cpu_supports("avx512bw") != 0;
}

__attribute__((target("avx512f,avx512bw"))) void avx512_difference_masks(
    const ByteRows& a, std::int64_t first, std::int64_t count, const ByteGroups& b,
    std::int64_t group, const std::int64_t* limit, std::uint64_t* masks) {
  const std::int64_t depth = a.depth;
  const std::uint8_t* const stacks = b.stacks.data() + group * kGroup * depth;
  const std::int64_t* const room = b.room.data() + group * kGroup;
  for (std::int64_t r0 = 0; r0 < count; r0 += kTileRows) {
    const std::uint8_t* const rows = a.codes.data() + (first + r0) * depth;
    __m512i sum[kTileRows][kStacks];
    GEMEL_UNROLL
    for (int r = 0; r < kTileRows; ++r) GEMEL_UNROLL
    for (int s = 0; s < kStacks; ++s) sum[r][s] = _mm512_setzero_si512();
    for (std::int64_t k = 0; k < depth; k += 8) {
      __m512i codes[kTileRows];
      GEMEL_UNROLL
      for (int r = 0; r < kTileRows; ++r) {
        std::int64_t eight;
        std::memcpy(&eight, rows + r * depth + k, sizeof eight);
        codes[r] = _mm512_set1_epi64(eight);
      }
      GEMEL_UNROLL
      for (int s = 0; s < kStacks; ++s) {
        const __m512i columns = _mm512_load_si512(stacks + (s * depth + k) * kStack);
        GEMEL_UNROLL
        for (int r = 0; r < kTileRows; ++r)
          sum[r][s] = _mm512_add_epi64(sum[r][s], _mm512_sad_epu8(codes[r], columns));
      }
    }
    GEMEL_UNROLL
    for (int r = 0; r < kTileRows; ++r) {
      const __m512i most = _mm512_set1_epi64(limit[r0 + r]);
      std::uint64_t bits = 0;
      GEMEL_UNROLL
      for (int s = 0; s < kStacks; ++s) {
        const __m512i allowed = _mm512_add_epi64(most, _mm512_load_si512(room + s * kStack));
        const std::uint64_t kept = _mm512_cmple_epi64_mask(sum[r][s], allowed);
        bits |= kept << (s * kStack);
      }
      masks[r0 + r] = bits;
    }
  }
}

}  // namespace gemel::search

#else

namespace gemel::search {

bool avx512_available() {
  return false;
}
void avx512_difference_masks(const ByteRows&, std::int64_t, std::int64_t, const ByteGroups&,
                             std::int64_t, const std::int64_t*, std::uint64_t*) {
  assert(false);
}

}  // namespace gemel::search

#endif
