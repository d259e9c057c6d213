#include "loss/in_batch_queries.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gemel::loss {

InBatchQueries in_batch_queries(std::span<const InBatchPositive> positives,
                                std::span<const std::int32_t> extra, std::int64_t rows,
                                bool reversed) {
  InBatchQueries result;
  result.column_of.assign(static_cast<std::size_t>(rows), -1);
  const auto column = [&](std::int32_t row) {
    std::int32_t& place = result.column_of[static_cast<std::size_t>(row)];
    if (place < 0) {
      place = static_cast<std::int32_t>(result.columns.size());
      result.columns.push_back(row);
    }
    return place;
  };
  for (const InBatchPositive& p : positives) {
    const std::int32_t row = reversed ? p.b : p.a, target = reversed ? p.a : p.b;
    result.queries.push_back({row, target, column(target), p.weight});
  }
  for (const std::int32_t row : extra) column(row);
  return result;
}

Partners::Partners(std::span<const InBatchPositive> positives, std::int64_t rows)
    : start_(static_cast<std::size_t>(rows) + 1), rows_(2 * positives.size()) {
  for (const InBatchPositive& p : positives)
    for (const std::int32_t row : {p.a, p.b}) ++start_[static_cast<std::size_t>(row) + 1];
  for (std::size_t r = 1; r < start_.size(); ++r) start_[r] += start_[r - 1];
  std::vector<std::int64_t> next = start_;
  const auto add = [&](std::int32_t row, std::int32_t partner) {
    rows_[static_cast<std::size_t>(next[static_cast<std::size_t>(row)]++)] = partner;
  };
  for (const InBatchPositive& p : positives) {
    add(p.a, p.b);
    add(p.b, p.a);
  }
}

std::span<const std::int32_t> Partners::of(std::int32_t row) const {
  const std::int64_t first = start_[static_cast<std::size_t>(row)];
  const std::int64_t last = start_[static_cast<std::size_t>(row) + 1];
  return std::span(rows_).subspan(static_cast<std::size_t>(first),
                                  static_cast<std::size_t>(last - first));
}

std::int64_t mask_known(const InBatchQueries& all, const InBatchQueries::Query& query,
                        const Partners& partners, std::span<const std::int32_t> group,
                        float* scores) {
  constexpr float kNone = -std::numeric_limits<float>::infinity();
  const std::int32_t own = group[static_cast<std::size_t>(query.row)];
  const std::int32_t targets = group[static_cast<std::size_t>(query.target)];
  const float target_score = scores[query.column];
  std::int64_t masked = 0;
  for (std::size_t c = 0; c < all.columns.size(); ++c) {
    const std::int32_t g = group[static_cast<std::size_t>(all.columns[c])];
    if (g != own && g != targets) continue;
    scores[c] = kNone;
    ++masked;  // the target too, taken back below
  }
  for (const std::int32_t partner : partners.of(query.row)) {
    const std::int32_t c = all.column_of[static_cast<std::size_t>(partner)];
    if (c < 0 || scores[c] == kNone) continue;
    scores[c] = kNone;
    ++masked;
  }
  scores[query.column] = target_score;
  return masked - 1;
}

SoftmaxTerm softmax_term(float* scores, std::int64_t n, std::int64_t target, double factor) {
  const float own = scores[target];
  float most = own, rival = -std::numeric_limits<float>::infinity();
  for (std::int64_t c = 0; c < n; ++c)
    if (c != target) rival = std::max(rival, scores[c]);
  most = std::max(own, rival);

  // The target's share is kept out of the sum: where it is almost all, 1 − p would cancel.
  double others = 0;
  for (std::int64_t c = 0; c < n; ++c) {
    scores[c] = std::exp(scores[c] - most);
    if (c != target) others += double{scores[c]};
  }
  const double mine = std::exp(double{own} - double{most}), total = mine + others;
  const auto scale = static_cast<float>(factor / total);
  for (std::int64_t c = 0; c < n; ++c) scores[c] *= scale;
  scores[target] = static_cast<float>(-factor * others / total);

  SoftmaxTerm term;
  term.loss = own == most ? std::log1p(others) : double{most} - double{own} + std::log(total);
  term.best = own > rival;
  return term;
}

}  // namespace gemel::loss
