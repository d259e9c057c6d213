#include "nn/unit_length.hpp"

#include <algorithm>
#include <cmath>

namespace gemel::nn {
namespace {
constexpr double kSmallestNorm = 1e-20;  // below it 1/norm no longer fits a float comfortably

double dot_double(const float* a, const float* b, std::int64_t n) {
  double lanes[8] = {};  // independent sums, so that the loop vectorises
  std::int64_t j = 0;
  for (; j + 8 <= n; j += 8)
    for (int l = 0; l < 8; ++l) lanes[l] += double{a[j + l]} * double{b[j + l]};
  double sum = 0;
  for (; j < n; ++j) sum += double{a[j]} * double{b[j]};
  for (const double lane : lanes) sum += lane;
  return sum;
}
}  // namespace

void scale_to_unit_length(MatrixView rows, float* norms) {
  for (std::int64_t n = 0; n < rows.rows; ++n) {
    float* row = rows.row(n);
    const double norm = std::sqrt(dot_double(row, row, rows.cols));
    const bool zero = norm <= kSmallestNorm;
    const float inverse = zero ? 0.0f : static_cast<float>(1.0 / norm);
    for (std::int64_t j = 0; j < rows.cols; ++j) row[j] *= inverse;
    if (norms) norms[n] = zero ? 0.0f : static_cast<float>(norm);
  }
}

void unit_length_backward(ConstMatrixView y, const float* norms, ConstMatrixView dy,
                          MatrixView dx) {
  for (std::int64_t n = 0; n < y.rows; ++n) {
    const float* unit = y.row(n);
    const float* upper = dy.row(n);
    float* lower = dx.row(n);
    if (norms[n] == 0.0f) {
      std::fill_n(lower, y.cols, 0.0f);
      continue;
    }
    const float along = static_cast<float>(dot_double(unit, upper, y.cols));
    const float inverse = 1.0f / norms[n];
    for (std::int64_t j = 0; j < y.cols; ++j) lower[j] = (upper[j] - unit[j] * along) * inverse;
  }
}

}  // namespace gemel::nn
