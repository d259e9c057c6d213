#include "loss/unit_rows.hpp"

#include <cmath>

#include "core/metric.hpp"
#include "core/simd.hpp"

namespace gemel::loss {
namespace {

GEMEL_SIMD_CLONES
void scale_row(const float* x, std::int64_t n, float factor, float* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = factor * x[i];
}

// to += factor·(slope − along·unit). All [n].
GEMEL_SIMD_CLONES
void add_tangent(const float* slope, const float* unit, std::int64_t n, float along, float factor,
                 float* to) {
  for (std::int64_t i = 0; i < n; ++i) to[i] += factor * (slope[i] - along * unit[i]);
}

}  // namespace

UnitRows::UnitRows(ConstMatrixView rows)
    : rows_(rows.rows),
      cols_(rows.cols),
      values_(static_cast<std::size_t>(rows.rows * rows.cols)),
      inverse_(static_cast<std::size_t>(rows.rows)) {
  for (std::int64_t r = 0; r < rows_; ++r) {
    const float squared = inner_product(rows.row(r), rows.row(r), cols_);
    // A sum below the range of float counts as zero, as it does in cosine_distance().
    if (!(squared > 0) || !std::isfinite(squared)) continue;
    const auto inverse = static_cast<float>(1 / std::sqrt(double{squared}));
    inverse_[static_cast<std::size_t>(r)] = inverse;
    scale_row(rows.row(r), cols_, inverse, values_.data() + r * cols_);
  }
}

void UnitRows::backward(std::int64_t r, const float* slope, float* to) const {
  const float inverse = inverse_[static_cast<std::size_t>(r)];
  if (inverse == 0) return;
  add_tangent(slope, row(r), cols_, inner_product(slope, row(r), cols_), inverse, to);
}

}  // namespace gemel::loss
