#pragma once
#include <cstdint>

#include "core/matrix.hpp"

namespace gemel::loss {

/// A matrix read with any two strides, so that a transposed one needs no copy: [rows, cols].
struct Operand {
  const float* data = nullptr;
  std::int64_t rows = 0, cols = 0;
  std::int64_t row_step = 0, col_step = 0;  // elements from one to the next

  Operand(ConstMatrixView m)  // NOLINT: a view is an operand
      : data(m.data), rows(m.rows), cols(m.cols), row_step(m.stride), col_step(1) {}
  Operand(MatrixView m) : Operand(ConstMatrixView(m)) {}  // NOLINT
  Operand transposed() const {
    Operand t = *this;
    t.rows = cols, t.cols = rows, t.row_step = col_step, t.col_step = row_step;
    return t;
  }
};

/// c += a · b for a [m, k], b [k, n], c [m, n]. Single-threaded; an element of c does not depend on
/// m or n. Thread-safe.
void add_product(Operand a, Operand b, MatrixView c);

}  // namespace gemel::loss
