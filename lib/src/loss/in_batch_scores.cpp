#include "loss/in_batch_scores.hpp"

#include <algorithm>
#include <vector>

#include "loss/distance_gradient.hpp"
#include "loss/products.hpp"

namespace gemel::loss {
namespace {

using Query = InBatchQueries::Query;

std::vector<float> zeros(std::int64_t rows, std::int64_t cols) {
  return std::vector<float>(static_cast<std::size_t>(rows * cols));
}

// Inner products of unit rows; slopes are gathered for the unit rows and scaled at the end.
class CosineScores : public InBatchScores {
 public:
  CosineScores(const UnitRows& unit, const InBatchQueries& all, MatrixView unit_gradient)
      : unit_(unit),
        all_(all),
        gradient_(unit_gradient),
        columns_(gather(all.columns)),
        column_slopes_(gradient_.data ? zeros(column_count(), width()) : zeros(0, 0)) {}

  void forward(std::span<const Query> queries, MatrixView scores) override {
    rows_.clear();
    for (const Query& q : queries) rows_.push_back(q.row);
    block_ = gather(rows_);
    for (std::int64_t r = 0; r < scores.rows; ++r) std::fill_n(scores.row(r), scores.cols, 0.0f);
    add_product(view(block_), Operand(view(columns_)).transposed(), scores);
  }

  void backward(std::span<const Query> queries, ConstMatrixView slopes) override {
    std::vector<float> query_slopes = zeros(slopes.rows, width());  // [queries, D]
    add_product(slopes, view(columns_), view(query_slopes));
    add_product(Operand(slopes).transposed(), view(block_), view(column_slopes_));
    for (std::size_t i = 0; i < queries.size(); ++i)
      add(query_slopes.data() + static_cast<std::int64_t>(i) * width(), queries[i].row);
  }

  void finish() override {
    if (!gradient_.data) return;
    for (std::int64_t c = 0; c < column_count(); ++c)
      add(column_slopes_.data() + c * width(), all_.columns[static_cast<std::size_t>(c)]);
  }

 private:
  std::int64_t width() const { return unit_.view().cols; }
  std::int64_t column_count() const { return static_cast<std::int64_t>(all_.columns.size()); }
  std::int64_t rows_of(const std::vector<float>& m) const {
    return width() ? static_cast<std::int64_t>(m.size()) / width() : 0;
  }
  ConstMatrixView view(const std::vector<float>& m) const {
    return {m.data(), rows_of(m), width()};
  }
  MatrixView view(std::vector<float>& m) const { return {m.data(), rows_of(m), width()}; }

  std::vector<float> gather(const std::vector<std::int32_t>& rows) const {
    std::vector<float> result = zeros(static_cast<std::int64_t>(rows.size()), width());
    for (std::size_t i = 0; i < rows.size(); ++i)
      std::copy_n(unit_.row(rows[i]), width(),
                  result.data() + static_cast<std::int64_t>(i) * width());
    return result;
  }
  void add(const float* slope, std::int32_t row) {
    float* to = gradient_.row(row);
    for (std::int64_t i = 0; i < width(); ++i) to[i] += slope[i];
  }

  const UnitRows& unit_;
  const InBatchQueries& all_;
  MatrixView gradient_;               // [N, D] of the unit rows, or null
  std::vector<float> columns_;        // [C, D]
  std::vector<float> column_slopes_;  // [C, D]
  std::vector<float> block_;          // [queries, D] of the last forward
  std::vector<std::int32_t> rows_;
};

// The other metrics, pair by pair.
class DistanceScores : public InBatchScores {
 public:
  DistanceScores(Metric metric, const InBatchQueries& all, ConstMatrixView embeddings,
                 MatrixView gradient)
      : metric_(metric), all_(all), embeddings_(embeddings), gradient_(gradient) {}

  void forward(std::span<const Query> queries, MatrixView scores) override {
    scores_.resize(static_cast<std::size_t>(scores.rows * scores.cols));
    for (std::size_t i = 0; i < queries.size(); ++i) {
      const auto r = static_cast<std::int64_t>(i);
      for (std::int64_t c = 0; c < scores.cols; ++c)
        scores.row(r)[c] = score_from_distance(
            metric_, distance(metric_, embeddings_.row(queries[i].row), column(c), width()));
      std::copy_n(scores.row(r), scores.cols, scores_.data() + r * scores.cols);
    }
  }

  void backward(std::span<const Query> queries, ConstMatrixView slopes) override {
    for (std::size_t i = 0; i < queries.size(); ++i) {
      const auto r = static_cast<std::int64_t>(i);
      const std::int32_t a = queries[i].row;
      for (std::int64_t c = 0; c < slopes.cols; ++c) {
        const std::int32_t b = all_.columns[static_cast<std::size_t>(c)];
        if (a == b) continue;
        const float score = scores_[static_cast<std::size_t>(r * slopes.cols + c)];
        distance_backward(metric_, embeddings_.row(a), embeddings_.row(b), width(),
                          distance_from_score(metric_, score), -slopes.row(r)[c], gradient_.row(a),
                          gradient_.row(b));
      }
    }
  }

 private:
  std::int64_t width() const { return embeddings_.cols; }
  const float* column(std::int64_t c) const {
    return embeddings_.row(all_.columns[static_cast<std::size_t>(c)]);
  }

  Metric metric_;
  const InBatchQueries& all_;
  ConstMatrixView embeddings_;  // [N, D]
  MatrixView gradient_;         // [N, D] or null
  std::vector<float> scores_;   // [queries, C] of the last forward
};

}  // namespace

std::unique_ptr<InBatchScores> cosine_scores(const UnitRows& unit, const InBatchQueries& all,
                                             MatrixView gradient) {
  return std::make_unique<CosineScores>(unit, all, gradient);
}

std::unique_ptr<InBatchScores> distance_scores(Metric metric, const InBatchQueries& all,
                                               ConstMatrixView embeddings, MatrixView gradient) {
  return std::make_unique<DistanceScores>(metric, all, embeddings, gradient);
}

}  // namespace gemel::loss
