#pragma once
#include <cstdint>

#include "core/matrix.hpp"

namespace gemel::search {

/// Longest run of products that multiply() adds up in a row; partial sums are then added.
constexpr std::int64_t kProductChunk = 256;

/// c = a · b for a [m, k], b [k, n], c [m, n], all row-major f32.
void multiply(ConstMatrixView a, ConstMatrixView b, MatrixView c, int threads);

/// Bound of the relative rounding error of one element of multiply()'s result, against
/// Σ|a||b|, for inner products of k terms (Higham 2002, "Accuracy and Stability", section 3.1).
constexpr double product_error(std::int64_t k) {
  const double chunk = static_cast<double>(k < kProductChunk ? k : kProductChunk);
  return 1.01 * 0x1p-24 * (chunk + static_cast<double>(k) / static_cast<double>(kProductChunk) + 2);
}

}  // namespace gemel::search
