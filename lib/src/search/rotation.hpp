#pragma once
#include <cstdint>

#include "core/aligned.hpp"
#include "core/matrix.hpp"

namespace gemel::search {

/// Orthonormal directions as rows, [K, D].
class Directions {
 public:
  Directions(std::int64_t count, std::int64_t dimension)
      : count_(count),
        dimension_(dimension),
        rows_(static_cast<std::size_t>(count) * static_cast<std::size_t>(dimension)) {}
  std::int64_t count() const { return count_; }
  std::int64_t dimension() const { return dimension_; }
  MatrixView view() { return {rows_.data(), count_, dimension_}; }
  ConstMatrixView view() const { return {rows_.data(), count_, dimension_}; }
  /// The first `count` of them as columns, [D, count].
  AlignedBuffer<float> columns(std::int64_t count) const;

 private:
  std::int64_t count_, dimension_;
  AlignedBuffer<float> rows_;  // [K, D]
};

/// The directions in which the points [S, D] vary most, best first: orthogonal iteration on their
/// scatter matrix (Golub and Van Loan, "Matrix Computations", section 8.2). Approximate, but
/// orthonormal to rounding; deterministic. 1 <= count <= min(S, D).
Directions principal_directions(ConstMatrixView points, std::int64_t count, int threads);

/// Replaces the first `count` directions (a multiple of 64) by as many that span the same space
/// and share its variance evenly, so that 8-bit codes spend their range well: in groups of 64, the
/// strong dealt out evenly, a Hadamard transform with random signs.
Directions share_evenly(const Directions&, std::int64_t count);

/// How far from orthonormal: an upper bound of the spectral norm of Q·Qᵀ − I.
double orthonormality_defect(const Directions&);

}  // namespace gemel::search
