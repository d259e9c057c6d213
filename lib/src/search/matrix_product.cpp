#include "search/matrix_product.hpp"

#include <algorithm>
#include <array>

#include "core/parallel.hpp"
#include "core/simd.hpp"

namespace gemel::search {
namespace {

constexpr std::int64_t kTileRows = 4, kTileColumns = 16, kTaskRows = 128;
using Panel = std::array<float, kProductChunk * kTileColumns>;  // [kProductChunk, kTileColumns]

// c[r, :] += a[r, 0..depth) · panel for four rows; columns past `columns` are not stored.
GEMEL_SIMD_CLONES
void multiply_tile(const float* const* a, std::int64_t depth, const float* panel, float* const* c,
                   std::int64_t columns) {
  float sum[kTileRows][kTileColumns] = {};
  const float *a0 = a[0], *a1 = a[1], *a2 = a[2], *a3 = a[3];
  for (std::int64_t k = 0; k < depth; ++k)
    for (int j = 0; j < kTileColumns; ++j) {
      const float b = panel[k * kTileColumns + j];
      sum[0][j] += a0[k] * b;
      sum[1][j] += a1[k] * b;
      sum[2][j] += a2[k] * b;
      sum[3][j] += a3[k] * b;
    }
  for (int r = 0; r < kTileRows; ++r)
    for (std::int64_t j = 0; j < columns; ++j) c[r][j] += sum[r][j];
}

void fill_panel(ConstMatrixView b, std::int64_t k0, std::int64_t depth, std::int64_t j0,
                std::int64_t columns, Panel& panel) {
  for (std::int64_t k = 0; k < depth; ++k) {
    float* to = panel.data() + k * kTileColumns;
    std::fill_n(to, kTileColumns, 0.0f);
    std::copy_n(b.row(k0 + k) + j0, columns, to);
  }
}

void multiply_rows(ConstMatrixView a, ConstMatrixView b, MatrixView c, std::int64_t first,
                   std::int64_t last) {
  Panel panel;
  std::array<float, kTileColumns> unused{};  // stands for rows past the end
  for (std::int64_t r = first; r < last; ++r) std::fill_n(c.row(r), c.cols, 0.0f);
  for (std::int64_t k0 = 0; k0 < a.cols; k0 += kProductChunk) {
    const std::int64_t depth = std::min(kProductChunk, a.cols - k0);
    for (std::int64_t j0 = 0; j0 < b.cols; j0 += kTileColumns) {
      const std::int64_t columns = std::min(kTileColumns, b.cols - j0);
      fill_panel(b, k0, depth, j0, columns, panel);
      for (std::int64_t r0 = first; r0 < last; r0 += kTileRows) {
        const float* from[kTileRows];
        float* to[kTileRows];
        for (std::int64_t r = 0; r < kTileRows; ++r) {
          from[r] = a.row(std::min(r0 + r, last - 1)) + k0;
          to[r] = r0 + r < last ? c.row(r0 + r) + j0 : unused.data();
        }
        multiply_tile(from, depth, panel.data(), to, columns);
      }
    }
  }
}

}  // namespace

void multiply(ConstMatrixView a, ConstMatrixView b, MatrixView c, int threads) {
  assert(a.cols == b.rows && c.rows == a.rows && c.cols == b.cols);
  parallel_for(threads, (a.rows + kTaskRows - 1) / kTaskRows, [&](std::int64_t task, int) {
    multiply_rows(a, b, c, task * kTaskRows, std::min(a.rows, (task + 1) * kTaskRows));
  });
}

}  // namespace gemel::search
