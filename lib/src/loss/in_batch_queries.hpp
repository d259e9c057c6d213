#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "loss/in_batch_loss.hpp"

namespace gemel::loss {

/// One direction of the softmax over the batch: who asks, and who may answer.
struct InBatchQueries {
  struct Query {
    std::int32_t row, target;  // rows of the embeddings
    std::int32_t column;       // of the target
    float weight;
  };
  std::vector<Query> queries;           // [positives]
  std::vector<std::int32_t> columns;    // [C], rows of the embeddings, each once
  std::vector<std::int32_t> column_of;  // [N], a row's place in `columns`, or −1
};

/// The a's as queries over the b's and `extra`, or the other way round.
InBatchQueries in_batch_queries(std::span<const InBatchPositive> positives,
                                std::span<const std::int32_t> extra, std::int64_t rows,
                                bool reversed);

/// For each row the rows that a positive joins it with, in either order.
class Partners {
 public:
  Partners(std::span<const InBatchPositive> positives, std::int64_t rows);
  std::span<const std::int32_t> of(std::int32_t row) const;

 private:
  std::vector<std::int64_t> start_;  // [N + 1]
  std::vector<std::int32_t> rows_;   // [2 · positives]
};

/// Sets what may not be a query's negative to −infinity in its scores [C]; the target's stays.
/// @param group  [N]
/// @return how many columns were masked
std::int64_t mask_known(const InBatchQueries& all, const InBatchQueries::Query& query,
                        const Partners& partners, std::span<const std::int32_t> group,
                        float* scores);

/// What one softmax yields.
struct SoftmaxTerm {
  double loss = 0;
  bool best = false;  // the target's score is above every other
};

/// −log softmax of scores[target], and in place of the scores [n] its slopes, times `factor`.
/// Scores may be −infinity, the target's may not.
SoftmaxTerm softmax_term(float* scores, std::int64_t n, std::int64_t target, double factor);

}  // namespace gemel::loss
