#include "loss/reconstruction_loss.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <span>

#include "loss/products.hpp"

namespace gemel::loss {
namespace {

// Turns the logits [C] of one row into their gradient, times `share`. @return the row's loss
double softmax_row(std::span<float> z, std::span<const std::int32_t> targets, double share) {
  const double top = *std::max_element(z.begin(), z.end());
  double sum = 0;
  for (const float x : z) sum += std::exp(double{x} - top);
  const double log_sum = top + std::log(sum);
  const double each = 1 / static_cast<double>(targets.size());
  double loss = 0;
  for (const std::int32_t c : targets)
    loss += each * (log_sum - double{z[static_cast<std::size_t>(c)]});
  for (float& x : z) x = static_cast<float>(share * std::exp(double{x} - log_sum));
  for (const std::int32_t c : targets)
    z[static_cast<std::size_t>(c)] -= static_cast<float>(share * each);
  return loss;
}

}  // namespace

double reconstruction_loss(ConstMatrixView embeddings, ConstMatrixView table,
                           const ReconstructionTargets& targets, MatrixView gradient,
                           MatrixView table_gradient) {
  const std::int64_t n = embeddings.rows, c = table.rows;
  assert(targets.begin.size() == static_cast<std::size_t>(n) + 1 && embeddings.cols == table.cols);
  const auto of = [&](std::int64_t i) {
    const auto begin = static_cast<std::size_t>(targets.begin[static_cast<std::size_t>(i)]);
    const auto end = static_cast<std::size_t>(targets.begin[static_cast<std::size_t>(i) + 1]);
    return std::span(targets.columns).subspan(begin, end - begin);
  };
  std::int64_t rows = 0;
  for (std::int64_t i = 0; i < n; ++i) rows += !of(i).empty();
  if (rows == 0) return 0;
  std::vector<float> logits(static_cast<std::size_t>(n * c));  // [N, C], then their gradient
  const MatrixView z(logits.data(), n, c);
  add_product(embeddings, Operand(table).transposed(), z);
  double loss = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::span row(z.row(i), static_cast<std::size_t>(c));
    if (of(i).empty())
      std::fill(row.begin(), row.end(), 0.0f);
    else
      loss += softmax_row(row, of(i), 1 / static_cast<double>(rows));
  }
  if (gradient.data) add_product(z, table, gradient);
  if (table_gradient.data) add_product(Operand(z).transposed(), embeddings, table_gradient);
  return loss / static_cast<double>(rows);
}

}  // namespace gemel::loss
