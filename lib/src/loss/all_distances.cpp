#include <algorithm>
#include <cmath>
#include <memory>

#include "core/simd.hpp"
#include "loss/negatives.hpp"
#include "loss/tile.hpp"

namespace gemel::loss {
namespace {

GEMEL_SIMD_CLONES
void fill_products(const float* a, const float* b, std::int64_t depth, float* out) {
  sum_tile(
      a, b, depth, out, [](float x, float y) __attribute__((always_inline)) { return x * y; });
}
GEMEL_SIMD_CLONES
void fill_absolute(const float* a, const float* b, std::int64_t depth, float* out) {
  sum_tile(
      a, b, depth, out,
      [](float x, float y) __attribute__((always_inline)) { return std::fabs(x - y); });
}
GEMEL_SIMD_CLONES
void fill_squares(const float* a, const float* b, std::int64_t depth, float* out) {
  sum_tile(
      a, b, depth, out,
      [](float x, float y) __attribute__((always_inline)) { return (x - y) * (x - y); });
}

using Fill = void (*)(const float*, const float*, std::int64_t, float*);
Fill fill_for(Metric metric) {
  if (metric == Metric::cosine) return fill_products;
  return metric == Metric::euclidean ? fill_squares : fill_absolute;
}

// Rows [first, first + width) side by side, zeros past the last: [D, width]. A few columns at a
// time, so that what they are spread over stays in the first-level cache.
void pack(ConstMatrixView m, std::int64_t first, std::int64_t width, float* to) {
  constexpr std::int64_t kColumns = 64;
  const std::int64_t used = std::min(width, m.rows - first);
  if (used < width) std::fill_n(to, m.cols * width, 0.0f);
  for (std::int64_t begin = 0; begin < m.cols; begin += kColumns) {
    const std::int64_t end = std::min(begin + kColumns, m.cols);
    for (std::int64_t r = 0; r < used; ++r) {
      const float* from = m.row(first + r);
      for (std::int64_t k = begin; k < end; ++k) to[k * width + r] = from[k];
    }
  }
}

// Copies a tile to sums [N, N], dropping what lies outside.
void store(const float* tile, std::int64_t i0, std::int64_t j0, std::int64_t n,
           std::vector<float>& sums) {
  const std::int64_t columns = std::min(kTileColumns, n - j0);
  for (std::int64_t i = i0; i < i0 + kTileRows && i < n; ++i)
    std::copy_n(tile + (i - i0) * kTileColumns, columns, sums.data() + i * n + j0);
}

// row: [n], from products to distances. norms: [n], squared.
GEMEL_SIMD_CLONES
void finish_cosine(float norm, const float* __restrict norms, std::int64_t n,
                   float* __restrict row) {
  for (std::int64_t j = 0; j < n; ++j) row[j] = cosine_distance(row[j], norm, norms[j]);
}

void finish_row(Metric metric, float norm, const float* norms, std::int64_t n, float* row) {
  if (metric == Metric::cosine) return finish_cosine(norm, norms, n, row);
  if (metric == Metric::euclidean)
    std::transform(row, row + n, row, [](float s) { return std::sqrt(s); });
  if (metric == Metric::exp_manhattan)
    std::transform(row, row + n, row, [](float s) { return -std::expm1(-s); });
}

// Turns sums, known where the row is not after the column, into distances of all pairs, in place.
// sums: [N, N], its diagonal |u|² for cosine.
void finish(Metric metric, std::vector<float>& sums, std::int64_t n) {
  std::vector<float> norms(static_cast<std::size_t>(n));  // [N], squared
  for (std::int64_t i = 0; i < n; ++i)
    norms[static_cast<std::size_t>(i)] = sums[static_cast<std::size_t>(i * n + i)];
  for (std::int64_t i = 0; i < n; ++i) {
    float* row = sums.data() + i * n;
    row[i] = 0;
    finish_row(metric, norms[static_cast<std::size_t>(i)], norms.data() + i + 1, n - i - 1,
               row + i + 1);
  }
  // In strips, so that what is written side by side shares cache lines.
  constexpr std::int64_t kStrip = 16;
  for (std::int64_t first = 0; first < n; first += kStrip)
    for (std::int64_t j = first + 1; j < n; ++j)
      for (std::int64_t i = first; i < std::min(first + kStrip, j); ++i)
        sums[static_cast<std::size_t>(j * n + i)] = sums[static_cast<std::size_t>(i * n + j)];
}

}  // namespace

// A pair's sum is taken in the order of the columns wherever it stands, so that it is the same bit
// for bit for u, v and v, u, and for equal rows.
std::vector<float> all_distances(Metric metric, ConstMatrixView embeddings) {
  const std::int64_t n = embeddings.rows, d = embeddings.cols;
  const std::int64_t tiles = (n + kTileRows - 1) / kTileRows;
  const auto rows = std::make_unique_for_overwrite<float[]>(
      static_cast<std::size_t>(tiles * d * kTileRows));  // [tiles, D, 6]
  for (std::int64_t i = 0; i < n; i += kTileRows)
    pack(embeddings, i, kTileRows, rows.get() + i * d);

  std::vector<float> sums(static_cast<std::size_t>(n * n));  // [N, N]
  std::vector<float> columns(static_cast<std::size_t>(d * kTileColumns));
  float tile[kTileRows * kTileColumns];
  const Fill fill_tile = fill_for(metric);
  for (std::int64_t j = 0; j < n; j += kTileColumns) {
    pack(embeddings, j, kTileColumns, columns.data());
    for (std::int64_t i = 0; i < n && i < j + kTileColumns; i += kTileRows) {
      fill_tile(rows.get() + i * d, columns.data(), d, tile);
      store(tile, i, j, n, sums);
    }
  }
  finish(metric, sums, n);
  return sums;
}

}  // namespace gemel::loss
