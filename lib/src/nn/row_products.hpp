#pragma once
#include <cstdint>

#include "core/matrix.hpp"

namespace gemel::nn {

/// y = bias + x·w for x [N, I], w [I, O], bias [O], y [N, O]. Every element is one sum in the order
/// of I, so that a row's y does not depend, bit for bit, on the other rows, nor on their number;
/// and one row costs as much as one row, where dnn::Linear takes a block of them.
void row_products(ConstMatrixView x, const float* w, const float* bias, MatrixView y);

}  // namespace gemel::nn
