#pragma once
#include "core/matrix.hpp"

namespace gemel::nn {

/// Divides each row by its Euclidean norm, in place; a row of norm 1e-20 or less becomes zero.
/// norms: [rows], out; may be null.
void scale_to_unit_length(MatrixView rows, float* norms);

/// dx = (dy − y·(y·dy)) / norm; zero where the row was zero. y: the unit rows. All [N, D].
void unit_length_backward(ConstMatrixView y, const float* norms, ConstMatrixView dy, MatrixView dx);

}  // namespace gemel::nn
