#include <cmath>
#include <cstring>

#include "core/simd.hpp"
#include "loss/negatives.hpp"

namespace gemel::loss {
namespace {

constexpr std::int64_t kLanes = 16;  // independent sums, so that the loops vectorise

// Two rows against two rows: each element loaded serves two sums.
struct Tile {
  const float* u[2];  // [n] each
  const float* v[2];  // [n] each
  float out[2][2];
};

// Sums op(u, v) over each of the four row pairs; n is a multiple of kLanes. A function like this
// inlined into a cloned one is compiled for that clone's instruction set.
template <class Operation>
inline __attribute__((always_inline)) void fill(Tile& tile, std::int64_t n, Operation op) {
  float s00[kLanes] = {}, s01[kLanes] = {}, s10[kLanes] = {}, s11[kLanes] = {};
  const float *u0 = tile.u[0], *u1 = tile.u[1], *v0 = tile.v[0], *v1 = tile.v[1];
  for (std::int64_t i = 0; i < n; i += kLanes)
    for (std::int64_t j = 0; j < kLanes; ++j) {
      s00[j] += op(u0[i + j], v0[i + j]);
      s01[j] += op(u0[i + j], v1[i + j]);
      s10[j] += op(u1[i + j], v0[i + j]);
      s11[j] += op(u1[i + j], v1[i + j]);
    }
  float totals[4] = {};
  for (std::int64_t j = 0; j < kLanes; ++j) {
    totals[0] += s00[j];
    totals[1] += s01[j];
    totals[2] += s10[j];
    totals[3] += s11[j];
  }
  std::memcpy(tile.out, totals, sizeof totals);
}

GEMEL_SIMD_CLONES
void fill_products(Tile& tile, std::int64_t n) {
  fill(
      tile, n, [](float a, float b) __attribute__((always_inline)) { return a * b; });
}
GEMEL_SIMD_CLONES
void fill_absolute(Tile& tile, std::int64_t n) {
  fill(
      tile, n, [](float a, float b) __attribute__((always_inline)) { return std::fabs(a - b); });
}
GEMEL_SIMD_CLONES
void fill_squares(Tile& tile, std::int64_t n) {
  fill(
      tile, n, [](float a, float b) __attribute__((always_inline)) { return (a - b) * (a - b); });
}

using Fill = void (*)(Tile&, std::int64_t);
Fill fill_for(Metric metric) {
  if (metric == Metric::cosine) return fill_products;
  return metric == Metric::euclidean ? fill_squares : fill_absolute;
}

// Copies a tile to both triangles of sums [N, N], dropping what lies outside.
void store(const Tile& tile, std::int64_t i, std::int64_t j, std::int64_t n,
           std::vector<float>& sums) {
  for (std::int64_t a = i; a < i + 2 && a < n; ++a)
    for (std::int64_t b = j; b < j + 2 && b < n; ++b)
      sums[static_cast<std::size_t>(a * n + b)] = sums[static_cast<std::size_t>(b * n + a)] =
          tile.out[a - i][b - j];
}

// Turns sums into distances, in place. sums: [N, N], its diagonal still |u|² for cosine.
void finish(Metric metric, std::vector<float>& sums, std::size_t n) {
  std::vector<float> norms(n);  // [N], squared
  for (std::size_t i = 0; i < n; ++i) norms[i] = sums[i * n + i];
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      float& s = sums[i * n + j];
      if (i == j)
        s = 0;
      else if (metric == Metric::cosine)
        s = cosine_distance(s, norms[i], norms[j]);
      else if (metric == Metric::euclidean)
        s = std::sqrt(s);
      else if (metric == Metric::exp_manhattan)
        s = -std::expm1(-s);
    }
}

}  // namespace

std::vector<float> all_distances(Metric metric, ConstMatrixView embeddings) {
  const std::int64_t n = embeddings.rows, d = embeddings.cols;
  const std::int64_t width = (d + kLanes - 1) / kLanes * kLanes;
  std::vector<float> rows(
      static_cast<std::size_t>((n + 1) * width));  // [N + 1, width], zero-padded
  for (std::int64_t r = 0; r < n; ++r)
    std::memcpy(rows.data() + r * width, embeddings.row(r), static_cast<std::size_t>(d) * 4);

  std::vector<float> sums(static_cast<std::size_t>(n * n));  // [N, N]
  const Fill fill_tile = fill_for(metric);
  // Sixteen rows i stay in the second-level cache while every row j passes by once.
  constexpr std::int64_t kBlock = 16;
  for (std::int64_t block = 0; block < n; block += kBlock)
    for (std::int64_t j = block; j < n; j += 2)
      for (std::int64_t i = block; i < block + kBlock && i <= j; i += 2) {
        const float* u = rows.data() + i * width;
        const float* v = rows.data() + j * width;
        Tile tile{{u, u + width}, {v, v + width}, {}};  // row N of `rows` is zero: odd N is safe
        fill_tile(tile, width);
        store(tile, i, j, n, sums);
      }
  finish(metric, sums, static_cast<std::size_t>(n));
  return sums;
}

}  // namespace gemel::loss
