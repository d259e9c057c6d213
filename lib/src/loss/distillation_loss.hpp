#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "core/matrix.hpp"

namespace gemel::loss {

/// mse       mean over rows of |u − t|²/D
/// cosine    mean over rows of 1 − cos(u, t)
/// relation  mean over pairs of rows i < j of (cos(u_i, u_j) − cos(t_i, t_j))², so that student
///           and teacher may differ in size (as Park et al. 2019 do with distances and angles)
enum class DistillationKind { mse, cosine, relation };

std::string_view name(DistillationKind);
DistillationKind distillation_from_name(std::string_view);  ///< throws Error, the allowed names

/// True where the teacher's vectors must have the student's size.
constexpr bool needs_equal_sizes(DistillationKind kind) {
  return kind != DistillationKind::relation;
}

struct DistillationResult {
  double loss = 0;        // weighted mean
  double weight = 0;      // sum of the rows' weights
  std::int64_t rows = 0;  // rows of a weight above 0
};

/// How far the student's rows are from the teacher's, and the gradient for the student. A row
/// weighs weight[i]; a pair of rows weight[i]·weight[j]. Rows of weight 0 have no teacher and are
/// not read. Gradients are those of `loss` and are added to what is there. A zero vector has
/// cosine 0 to everything and no gradient. O(N·D), relation O(N²·(D + D')) in O(N·(D + D')) memory.
/// Thread-safe.
/// @param student   [N, D]
/// @param teacher   [N, D'], D' == D unless relation
/// @param weight    [N], >= 0
/// @param gradient  [N, D], added to; data may be null to get the loss only
DistillationResult distillation_loss(DistillationKind kind, ConstMatrixView student,
                                     ConstMatrixView teacher, std::span<const float> weight,
                                     MatrixView gradient);

}  // namespace gemel::loss
