#pragma once
#include <cstdint>

#include "core/unroll.hpp"

namespace gemel::loss {

constexpr std::int64_t kTileRows = 6, kTileColumns = 16;  // sums that fit the registers

/// out[i, j] = Σ_k op(a[k, i], b[k, j]) in the order of k, for a [depth, kTileRows] and
/// b [depth, kTileColumns]. Inlined into a cloned function it is compiled for that clone's
/// instruction set. The inner loops stand in this order because gcc vectorises over columns only
/// where rows are unrolled within them.
template <class Operation>
inline __attribute__((always_inline)) void sum_tile(const float* __restrict a,
                                                    const float* __restrict b, std::int64_t depth,
                                                    float* __restrict out, Operation op) {
  float tile[kTileRows][kTileColumns] = {};
  for (std::int64_t k = 0; k < depth; ++k, a += kTileRows, b += kTileColumns)
    for (int j = 0; j < kTileColumns; ++j) {
      const float y = b[j];
      GEMEL_UNROLL
      for (int i = 0; i < kTileRows; ++i) tile[i][j] += op(a[i], y);
    }
  for (int i = 0; i < kTileRows; ++i)
    for (int j = 0; j < kTileColumns; ++j) out[i * kTileColumns + j] = tile[i][j];
}

}  // namespace gemel::loss
