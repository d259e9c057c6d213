#pragma once
#include <cstdint>
#include <vector>

#include "core/matrix.hpp"

namespace gemel::loss {

/// Copies of rows scaled to length 1, so that cosines become inner products. A zero row stays zero
/// and has no slope.
class UnitRows {
 public:
  /// @param rows  [N, D]
  explicit UnitRows(ConstMatrixView rows);

  ConstMatrixView view() const { return {values_.data(), rows_, cols_}; }  // [N, D]
  const float* row(std::int64_t r) const { return view().row(r); }

  /// to += ∂L/∂row r, from slope = ∂L/∂(unit row r). Both [D].
  void backward(std::int64_t r, const float* slope, float* to) const;

 private:
  std::int64_t rows_, cols_;
  std::vector<float> values_;   // [N, D]
  std::vector<float> inverse_;  // [N], 1/length, or 0
};

}  // namespace gemel::loss
