#include "search/rotation.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/metric.hpp"
#include "core/random.hpp"
#include "core/simd.hpp"
#include "search/matrix_product.hpp"

namespace gemel::search {
namespace {

constexpr int kIterations = 3;
constexpr std::int64_t kMixed = 64;  // directions that one Hadamard transform mixes

GEMEL_SIMD_CLONES
void add_scaled(float* to, float factor, const float* from, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) to[i] += factor * from[i];
}

// Products of floats are exact in double, and the sum is good to some 1e-13.
GEMEL_SIMD_CLONES
double double_product(const float* u, const float* v, std::int64_t n) {
  constexpr int kLanes = 8;
  double lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int j = 0; j < kLanes; ++j) lanes[j] += double{u[i + j]} * double{v[i + j]};
  for (int j = 0; i < n; ++i, ++j) lanes[j] += double{u[i]} * double{v[i]};
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

AlignedBuffer<float> transposed(ConstMatrixView m) {
  AlignedBuffer<float> result(static_cast<std::size_t>(m.rows * m.cols));  // [cols, rows]
  for (std::int64_t r = 0; r < m.rows; ++r)
    for (std::int64_t c = 0; c < m.cols; ++c)
      result[static_cast<std::size_t>(c * m.rows + r)] = m.row(r)[c];
  return result;
}

// Makes row r of q orthogonal to the rows above it and of length 1.
void orthonormalise_row(MatrixView q, std::int64_t r, Random& random) {
  float* row = q.row(r);
  for (;;) {
    const double before = std::sqrt(double{inner_product(row, row, q.cols)});
    for (int pass = 0; pass < 2; ++pass)  // "twice is enough" (Kahan)
      for (std::int64_t s = 0; s < r; ++s)
        add_scaled(row, -inner_product(row, q.row(s), q.cols), q.row(s), q.cols);
    const double after = std::sqrt(double{inner_product(row, row, q.cols)});
    if (after > 1e-3 * before && std::isnormal(after)) {
      for (std::int64_t i = 0; i < q.cols; ++i) row[i] = static_cast<float>(row[i] / after);
      return;
    }
    // The points do not span so many directions: any other will do.
    for (std::int64_t i = 0; i < q.cols; ++i) row[i] = static_cast<float>(random.normal());
  }
}

void orthonormalise(MatrixView q, Random& random) {
  for (std::int64_t r = 0; r < q.rows; ++r) orthonormalise_row(q, r, random);
}

}  // namespace

AlignedBuffer<float> Directions::columns(std::int64_t count) const {
  return transposed({rows_.data(), count, dimension_});
}

Directions principal_directions(ConstMatrixView points, std::int64_t count, int threads) {
  assert(count >= 1 && count <= points.rows && count <= points.cols);
  Random random(1);
  Directions q(count, points.cols);
  // Start from points, spread over the sample: already in the space that they span.
  for (std::int64_t r = 0; r < count; ++r)
    std::copy_n(points.row(r * points.rows / count), points.cols, q.view().row(r));
  orthonormalise(q.view(), random);
  AlignedBuffer<float> projected(static_cast<std::size_t>(points.rows * count));
  const MatrixView y(projected.data(), points.rows, count);
  for (int i = 0; i < kIterations; ++i) {
    const AlignedBuffer<float> columns = q.columns(count);
    multiply(points, {columns.data(), points.cols, count}, y, threads);
    const AlignedBuffer<float> yt = transposed(y);
    multiply({yt.data(), count, points.rows}, points, q.view(), threads);
    orthonormalise(q.view(), random);
  }
  return q;
}

Directions share_evenly(const Directions& directions, std::int64_t count) {
  assert(count % kMixed == 0 && count <= directions.count());
  const std::int64_t d = directions.dimension(), groups = count / kMixed;
  Directions result(count, d);
  Random random(2);
  for (std::int64_t g = 0; g < groups; ++g) {
    for (std::int64_t r = 0; r < kMixed; ++r) {
      const float sign = random.next() & 1 ? 0.125f : -0.125f;  // 64^(-1/2): keeps the length
      add_scaled(result.view().row(g * kMixed + r), sign, directions.view().row(r * groups + g), d);
    }
    for (std::int64_t half = 1; half < kMixed; half *= 2)
      for (std::int64_t r = 0; r < kMixed; ++r) {
        if (r & half) continue;
        float* low = result.view().row(g * kMixed + r);
        float* high = result.view().row(g * kMixed + r + half);
        for (std::int64_t i = 0; i < d; ++i) {
          const float sum = low[i] + high[i];
          high[i] = low[i] - high[i];
          low[i] = sum;
        }
      }
  }
  return result;
}

double orthonormality_defect(const Directions& directions) {
  const ConstMatrixView q = directions.view();
  std::vector<double> row_sums(static_cast<std::size_t>(q.rows), 1e-12);  // [K]
  for (std::int64_t r = 0; r < q.rows; ++r)
    for (std::int64_t s = 0; s <= r; ++s) {
      const double product = double_product(q.row(r), q.row(s), q.cols);
      const double off = std::fabs(product - (r == s ? 1.0 : 0.0));
      row_sums[static_cast<std::size_t>(r)] += off;
      if (s != r) row_sums[static_cast<std::size_t>(s)] += off;
    }
  return *std::max_element(row_sums.begin(), row_sums.end());  // of rows: bounds the spectral norm
}

}  // namespace gemel::search
