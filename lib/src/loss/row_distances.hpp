#pragma once
#include <cstdint>
#include <vector>

#include "core/matrix.hpp"
#include "core/metric.hpp"
#include "loss/distance_gradient.hpp"

namespace gemel::loss {

/// Distances between rows of a batch and their gradients, with each row's norm computed once.
/// distance() equals gemel::distance() of the two rows, bit for bit.
class RowDistances {
 public:
  /// What forward() found: backward() needs it.
  struct Value {
    float d = 0;
    float uv = 0;  // u·v, cosine only
  };

  /// @param embeddings [N, D]
  /// @param gradient   [N, D], added to; data may be null
  RowDistances(Metric metric, ConstMatrixView embeddings, MatrixView gradient);

  Value forward(std::int32_t a, std::int32_t b) const;
  /// Adds dd·∂d/∂row to the gradients of both rows. A row's distance to itself has no slope.
  void backward(std::int32_t a, std::int32_t b, const Value& value, float dd) const;

 private:
  float norm(std::int32_t row) const { return norms_[static_cast<std::size_t>(row)]; }

  Metric metric_;
  ConstMatrixView embeddings_;  // [N, D]
  MatrixView gradient_;         // [N, D] or null
  std::vector<float> norms_;    // [N], squared; empty but for cosine
};

/// The largest distance that a margin may have: cosine 2, exp-manhattan 1, else 1e6.
double largest_margin(Metric metric);

}  // namespace gemel::loss
