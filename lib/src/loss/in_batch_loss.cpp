#include "loss/in_batch_loss.hpp"

#include <algorithm>
#include <cassert>
#include <memory>
#include <vector>

#include "core/check.hpp"
#include "loss/in_batch_scores.hpp"

namespace gemel::loss {
namespace {

double total_weight(std::span<const InBatchPositive> positives) {
  double sum = 0;
  for (const InBatchPositive& p : positives) sum += double{p.weight};
  return sum;
}

// One call under way; a direction after the other adds to the result.
class InBatch {
 public:
  InBatch(const InBatchLossOptions& options, std::span<const std::int32_t> group,
          const Partners& partners, InBatchLossResult& result)
      : options_(options), group_(group), partners_(partners), result_(result) {}

  /// @param share  of this direction in the loss
  void run(const InBatchQueries& all, InBatchScores& scores, bool backward, double share) {
    const auto columns = static_cast<std::int64_t>(all.columns.size());
    const auto block = static_cast<std::size_t>(options_.block_rows);
    std::vector<float> logits(std::min(block, all.queries.size()) *
                              all.columns.size());  // [block, C], then their slopes
    for (std::size_t first = 0; first < all.queries.size(); first += block) {
      const auto queries =
          std::span(all.queries).subspan(first, std::min(block, all.queries.size() - first));
      const MatrixView m(logits.data(), static_cast<std::int64_t>(queries.size()), columns);
      scores.forward(queries, m);
      for (std::size_t i = 0; i < queries.size(); ++i)
        softmax(all, queries[i], m.row_span(static_cast<std::int64_t>(i)), share);
      if (backward) scores.backward(queries, m);
    }
    if (backward) scores.finish();
    result_.queries += static_cast<std::int64_t>(all.queries.size());
  }

 private:
  // row: [C], scores that become slopes ∂L/∂score
  void softmax(const InBatchQueries& all, const InBatchQueries::Query& query, std::span<float> row,
               double share) {
    for (float& score : row) score /= options_.temperature;
    result_.masked += mask_known(all, query, partners_, group_, row.data());
    const double part = share * double{query.weight} / result_.weight;
    const SoftmaxTerm term = softmax_term(row.data(), static_cast<std::int64_t>(row.size()),
                                          query.column, part / double{options_.temperature});
    result_.loss += part * term.loss;
    result_.accuracy += term.best;  // a count until the end
  }

  const InBatchLossOptions& options_;
  std::span<const std::int32_t> group_;  // [N]
  const Partners& partners_;
  InBatchLossResult& result_;
};

}  // namespace

void InBatchLossOptions::validate() const {
  check_range("temperature", double{temperature}, 0.001, 100.0);
  check_range("block_rows", block_rows, 1, 65536);
}

InBatchLossResult in_batch_loss(const InBatchLossOptions& options, ConstMatrixView embeddings,
                                std::span<const InBatchPositive> positives,
                                std::span<const std::int32_t> extra,
                                std::span<const std::int32_t> group, MatrixView gradient) {
  assert(static_cast<std::int64_t>(group.size()) == embeddings.rows);
  assert(!gradient.data || (gradient.rows == embeddings.rows && gradient.cols == embeddings.cols));
  InBatchLossResult result;
  result.weight = total_weight(positives);
  if (!(result.weight > 0)) return result;

  const bool cosine = options.metric == Metric::cosine, backward = gradient.data != nullptr;
  const UnitRows unit(cosine ? embeddings : ConstMatrixView{});
  std::vector<float> unit_slopes;  // [N, D] for cosine with gradient
  if (cosine && backward)
    unit_slopes.resize(static_cast<std::size_t>(embeddings.rows * embeddings.cols));
  const MatrixView unit_gradient(unit_slopes.empty() ? nullptr : unit_slopes.data(),
                                 embeddings.rows, embeddings.cols);

  const Partners partners(positives, embeddings.rows);
  InBatch batch(options, group, partners, result);
  for (const bool reversed : {false, true}) {
    if (reversed && !options.symmetric) break;
    const InBatchQueries all = in_batch_queries(positives, extra, embeddings.rows, reversed);
    const auto scores = cosine ? cosine_scores(unit, all, unit_gradient)
                               : distance_scores(options.metric, all, embeddings, gradient);
    batch.run(all, *scores, backward, options.symmetric ? 0.5 : 1.0);
    if (!reversed) result.columns = static_cast<std::int64_t>(all.columns.size());
  }
  if (cosine && backward)
    for (std::int64_t r = 0; r < embeddings.rows; ++r)
      unit.backward(r, unit_gradient.row(r), gradient.row(r));
  result.accuracy /= static_cast<double>(result.queries);
  return result;
}

}  // namespace gemel::loss
