#pragma once
#include <memory>
#include <span>

#include "core/matrix.hpp"
#include "core/metric.hpp"
#include "loss/in_batch_queries.hpp"
#include "loss/unit_rows.hpp"

namespace gemel::loss {

/// Scores of blocks of queries against all columns of one direction, and the way back.
class InBatchScores {
 public:
  virtual ~InBatchScores() = default;
  /// score_from_distance() of each query to each column: scores [queries, C].
  virtual void forward(std::span<const InBatchQueries::Query> queries, MatrixView scores) = 0;
  /// Takes in ∂L/∂score of the block that forward() saw last: slopes [queries, C].
  virtual void backward(std::span<const InBatchQueries::Query> queries, ConstMatrixView slopes) = 0;
  /// To be called after the last block's backward().
  virtual void finish() {}
};

/// Cosines as matrix products of unit rows; slopes are added to `gradient`, [N, D], that of the
/// unit rows. The references have to outlive the result.
std::unique_ptr<InBatchScores> cosine_scores(const UnitRows& unit, const InBatchQueries& all,
                                             MatrixView gradient);

/// Any other metric, pair by pair; slopes are added to `gradient`, [N, D], that of the embeddings.
std::unique_ptr<InBatchScores> distance_scores(Metric metric, const InBatchQueries& all,
                                               ConstMatrixView embeddings, MatrixView gradient);

}  // namespace gemel::loss
