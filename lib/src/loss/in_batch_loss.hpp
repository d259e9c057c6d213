#pragma once
#include <cstdint>
#include <span>

#include "core/matrix.hpp"
#include "core/metric.hpp"

namespace gemel::loss {

/// Two rows of the embeddings that say the same: row b is the answer that query a looks for.
struct InBatchPositive {
  std::int32_t a = 0, b = 0;
  float weight = 1;  // >= 0
};

struct InBatchLossOptions {
  Metric metric = Metric::cosine;
  /// Scores are divided by it, in the metric's unit: the smaller, the more the hardest columns
  /// count. 0.001 to 100.
  float temperature = 0.05f;
  bool symmetric = true;  ///< the b's look for their a's as well
  int block_rows = 128;   ///< queries worked on at a time, 1 to 65536: memory against speed

  /// Throws Error naming the field, its value and the allowed range.
  void validate() const;
};

struct InBatchLossResult {
  double loss = 0;           // mean over queries, weighted; both directions count alike
  double weight = 0;         // sum of the positives' weights, once however many directions
  double accuracy = 0;       // share of queries whose target alone scores best; 0 if none
  std::int64_t queries = 0;  // softmaxes taken: positives, twice that if symmetric
  std::int64_t columns = 0;  // candidates of the a's: distinct b's and extras
  std::int64_t masked = 0;   // columns left out of some query, summed over the queries
};

/// Softmax over the batch (multiple negatives ranking; Henderson et al. 2017; symmetric as in
/// Radford et al. 2021). For each positive, with z = score_from_distance(d) / temperature,
///   L = −log( exp z(a, b) / Σ_c exp z(a, c) ),  c over the distinct b's and `extra`;
/// symmetric adds the same for b over the distinct a's and `extra`. Left out of a query's columns,
/// other than its own target, are rows of the query's or the target's group and rows that some
/// positive joins with the query: what is known to say the same is never a negative, nor is the
/// query itself. A row comes once among the columns however often it is named.
///
/// Gradients are those of `loss` and are added to what is there. Beside copies of the rows it
/// needs 2 × block_rows × columns floats. A query with nothing but its target has loss 0. Zero
/// vectors give finite results. Thread-safe; the result depends on nothing but the arguments (on
/// block_rows in the last bits only).
/// @param embeddings [N, D]
/// @param extra      rows that are columns only: the hard negatives of a triplet file
/// @param group      [N]; rows of one group say the same
/// @param gradient   [N, D], added to; data may be null to get the loss only
InBatchLossResult in_batch_loss(const InBatchLossOptions& options, ConstMatrixView embeddings,
                                std::span<const InBatchPositive> positives,
                                std::span<const std::int32_t> extra,
                                std::span<const std::int32_t> group, MatrixView gradient);

}  // namespace gemel::loss
