#include "nn/row_products.hpp"

#include <algorithm>
#include <cassert>

#include "core/simd.hpp"
#include "core/unroll.hpp"

namespace gemel::nn {
namespace {

constexpr int kRows = 6, kColumns = 16;  // sums that fit the registers
constexpr int kWide = 64;                // of one row: enough sums not to wait for each other
constexpr std::int64_t kDepth = 512;     // rows of a panel of w that stay in the first-level cache

/// y[i, j] += Σ_k x[i, k]·w[k, j] over `depth`, for Rows rows and Columns columns. The loops stand
/// in this order because gcc vectorises over columns only where rows are unrolled within them.
template <int Rows, int Columns>
inline __attribute__((always_inline)) void add_tile(const float* __restrict x,
                                                    std::int64_t x_stride,
                                                    const float* __restrict w,
                                                    std::int64_t w_stride, std::int64_t depth,
                                                    float* __restrict y, std::int64_t y_stride) {
  float sums[Rows][Columns];
  for (int i = 0; i < Rows; ++i)
    for (int j = 0; j < Columns; ++j) sums[i][j] = y[i * y_stride + j];
  for (std::int64_t k = 0; k < depth; ++k, w += w_stride)
    for (int j = 0; j < Columns; ++j) {
      const float weight = w[j];
      GEMEL_UNROLL
      for (int i = 0; i < Rows; ++i) sums[i][j] += x[i * x_stride + k] * weight;
    }
  for (int i = 0; i < Rows; ++i)
    for (int j = 0; j < Columns; ++j) y[i * y_stride + j] = sums[i][j];
}

GEMEL_SIMD_CLONES void add_rows(const float* x, std::int64_t x_stride, const float* panel,
                                std::int64_t depth, float* y, std::int64_t y_stride) {
  add_tile<kRows, kColumns>(x, x_stride, panel, kColumns, depth, y, y_stride);
}
GEMEL_SIMD_CLONES void add_row_wide(const float* x, const float* w, std::int64_t w_stride,
                                    std::int64_t depth, float* y) {
  add_tile<1, kWide>(x, 0, w, w_stride, depth, y, 0);
}
GEMEL_SIMD_CLONES void add_row_narrow(const float* x, const float* w, std::int64_t w_stride,
                                      std::int64_t depth, float* y) {
  add_tile<1, kColumns>(x, 0, w, w_stride, depth, y, 0);
}
GEMEL_SIMD_CLONES void add_element(const float* x, const float* w, std::int64_t w_stride,
                                   std::int64_t depth, float* y) {
  add_tile<1, 1>(x, 0, w, w_stride, depth, y, 0);
}

// One row of `columns` columns, from the first-th on.
void add_row(const float* x, const float* w, std::int64_t depth, std::int64_t columns,
             std::int64_t first, float* y) {
  std::int64_t j = first;
  for (; j + kWide <= columns; j += kWide) add_row_wide(x, w + j, columns, depth, y + j);
  for (; j + kColumns <= columns; j += kColumns) add_row_narrow(x, w + j, columns, depth, y + j);
  for (; j < columns; ++j) add_element(x, w + j, columns, depth, y + j);
}

// The first `rows` rows, kRows at a time, and whole panels of columns. Sums wait in y between two
// parts of the depth, which changes none of their bits.
void add_panels(ConstMatrixView x, const float* w, std::int64_t rows, MatrixView y) {
  float panel[kDepth * kColumns];
  for (std::int64_t k = 0; k < x.cols; k += kDepth) {
    const std::int64_t depth = std::min(kDepth, x.cols - k);
    for (std::int64_t j = 0; j + kColumns <= y.cols; j += kColumns) {
      for (std::int64_t d = 0; d < depth; ++d)
        std::copy_n(w + (k + d) * y.cols + j, kColumns, panel + d * kColumns);
      for (std::int64_t i = 0; i < rows; i += kRows)
        add_rows(x.row(i) + k, x.stride, panel, depth, y.row(i) + j, y.stride);
    }
  }
}

}  // namespace

void row_products(ConstMatrixView x, const float* w, const float* bias, MatrixView y) {
  assert(x.rows == y.rows);
  for (std::int64_t i = 0; i < y.rows; ++i) std::copy_n(bias, y.cols, y.row(i));
  const std::int64_t several = x.rows - x.rows % kRows;
  if (several > 0) add_panels(x, w, several, y);
  const std::int64_t done = y.cols - y.cols % kColumns;  // columns of those rows
  for (std::int64_t i = 0; i < x.rows; ++i)
    add_row(x.row(i), w, x.cols, y.cols, i < several ? done : 0, y.row(i));
}

}  // namespace gemel::nn
