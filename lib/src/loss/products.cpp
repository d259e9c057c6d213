#include "loss/products.hpp"

#include <algorithm>
#include <vector>

#include "core/simd.hpp"
#include "loss/tile.hpp"

namespace gemel::loss {
namespace {

constexpr std::int64_t kDepth = 256;                 // a packed panel of b stays in L1
constexpr std::int64_t kPanelRows = 32 * kTileRows;  // the packed rows of a stay in L2

GEMEL_SIMD_CLONES
void multiply_tile(const float* a, const float* b, std::int64_t depth, float* sums) {
  sum_tile(
      a, b, depth, sums, [](float x, float y) __attribute__((always_inline)) { return x * y; });
}

// Columns [first, first + width) of m's rows [k0, k0 + depth), zeros past the end: [depth, width].
void pack(const Operand& m, std::int64_t k0, std::int64_t depth, std::int64_t first,
          std::int64_t width, float* to) {
  const std::int64_t used = std::min(width, m.cols - first);
  if (used < width) std::fill_n(to, depth * width, 0.0f);
  const float* from = m.data + k0 * m.row_step + first * m.col_step;
  if (m.col_step == 1)
    for (std::int64_t k = 0; k < depth; ++k)
      std::copy_n(from + k * m.row_step, used, to + k * width);
  else
    for (std::int64_t j = 0; j < used; ++j)
      for (std::int64_t k = 0; k < depth; ++k)
        to[k * width + j] = from[j * m.col_step + k * m.row_step];
}

void add_tile(const float* sums, std::int64_t i0, std::int64_t j0, MatrixView c) {
  const std::int64_t rows = std::min(kTileRows, c.rows - i0);
  const std::int64_t columns = std::min(kTileColumns, c.cols - j0);
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) c.row(i0 + i)[j0 + j] += sums[i * kTileColumns + j];
}

}  // namespace

void add_product(Operand a, Operand b, MatrixView c) {
  assert(a.cols == b.rows && c.rows == a.rows && c.cols == b.cols);
  std::vector<float> rows(kPanelRows * kDepth), columns(kDepth * kTileColumns);
  float sums[kTileRows * kTileColumns];
  const Operand at = a.transposed();
  for (std::int64_t k0 = 0; k0 < a.cols; k0 += kDepth) {
    const std::int64_t depth = std::min(kDepth, a.cols - k0);
    for (std::int64_t first = 0; first < a.rows; first += kPanelRows) {
      const std::int64_t last = std::min(a.rows, first + kPanelRows);
      for (std::int64_t i = first; i < last; i += kTileRows)
        pack(at, k0, depth, i, kTileRows, rows.data() + (i - first) * depth);
      for (std::int64_t j = 0; j < b.cols; j += kTileColumns) {
        pack(b, k0, depth, j, kTileColumns, columns.data());
        for (std::int64_t i = first; i < last; i += kTileRows) {
          multiply_tile(rows.data() + (i - first) * depth, columns.data(), depth, sums);
          add_tile(sums, i, j, c);
        }
      }
    }
  }
}

}  // namespace gemel::loss
