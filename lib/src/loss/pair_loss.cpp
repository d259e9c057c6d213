#include "loss/pair_loss.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/check.hpp"
#include "loss/online_contrastive.hpp"
#include "loss/row_distances.hpp"

namespace gemel::loss {
namespace {

constexpr std::array<std::string_view, 4> kKinds = {"contrastive", "bce", "online-contrastive",
                                                    "regression"};

using Value = RowDistances::Value;

// Count, mean and deviation of the distances of one label's pairs.
struct Moments {
  std::int64_t count = 0;
  double sum = 0, squares = 0;

  void add(double d) {
    ++count;
    sum += d;
    squares += d * d;
  }
  double mean() const { return count ? sum / double(count) : 0; }
  double deviation() const {
    return count ? std::sqrt(std::max(squares / double(count) - mean() * mean(), 0.0)) : 0;
  }
};

void describe(std::span<const Pair> pairs, std::span<const Value> values, PairLossResult& result) {
  Moments positives, negatives;
  for (std::size_t i = 0; i < pairs.size(); ++i)
    (pairs[i].label >= 0.5f ? positives : negatives).add(double{values[i].d});
  result.positives = positives.count;
  result.positive_distance = positives.mean();
  result.positive_deviation = positives.deviation();
  result.negatives = negatives.count;
  result.negative_distance = negatives.mean();
  result.negative_deviation = negatives.deviation();
}

// Indices of the pairs that the loss is taken over.
std::vector<std::size_t> used_pairs(const PairLossOptions& options, std::span<const Pair> pairs,
                                    std::span<const Value> values) {
  if (options.kind == PairLossKind::online_contrastive) {
    std::vector<float> distances;
    for (const Value& v : values) distances.push_back(v.d);
    return hard_pairs(pairs, distances);
  }
  const bool degrees = options.kind == PairLossKind::regression;
  std::vector<std::size_t> used;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (pairs[i].has_degree() ? degrees || !options.no_degrees : !degrees) used.push_back(i);
  }
  return used;
}

double total_weight(std::span<const Pair> pairs, std::span<const std::size_t> used) {
  double sum = 0;
  for (const std::size_t i : used) sum += double{pairs[i].weight};
  return sum;
}

}  // namespace

std::string_view name(PairLossKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}
PairLossKind pair_loss_from_name(std::string_view n) {
  return static_cast<PairLossKind>(index_of_name("loss", n, kKinds));
}

void PairLossOptions::validate() const {
  if (kind == PairLossKind::bce || kind == PairLossKind::regression) return;
  check_range("margin", double{margin}, 0.001, largest_margin(metric));
}

PairTerm contrastive_term(double d, double label, double margin) {
  const double inside = std::max(margin - d, 0.0);
  PairTerm term;
  term.loss = label * d * d + (1 - label) * inside * inside;
  term.dd = 2 * label * d - 2 * (1 - label) * inside;
  return term;
}

PairTerm bce_term(double d, double label, double w, double b) {
  const double z = b - w * d;  // the logit of p; softplus(z) − y·z never takes the log of 0
  const double e = std::exp(-std::fabs(z));
  const double p = z >= 0 ? 1 / (1 + e) : e / (1 + e);
  // p − y without cancellation where p is almost 1.
  const double slope = z >= 0 ? (1 - label) - e / (1 + e) : p - label;
  PairTerm term;
  term.loss = std::max(z, 0.0) + std::log1p(e) - label * z;
  term.dd = -w * slope;
  term.dw = -d * slope;
  term.db = slope;
  return term;
}

PairTerm regression_term(double d, double label) {
  const double error = 1 - d - label;
  PairTerm term;
  term.loss = error * error;
  term.dd = -2 * error;
  return term;
}

namespace {

PairTerm pair_term(const PairLossOptions& options, const PairLossParameters& parameters, double d,
                   double label) {
  switch (options.kind) {
    case PairLossKind::bce:
      return bce_term(d, label, parameters.w, parameters.b);
    case PairLossKind::regression:
      return regression_term(d, label);
    case PairLossKind::contrastive:
    case PairLossKind::online_contrastive:
      break;
  }
  return contrastive_term(d, label, options.margin);
}

}  // namespace

PairLossResult pair_loss(const PairLossOptions& options, const PairLossParameters& parameters,
                         ConstMatrixView embeddings, std::span<const Pair> pairs,
                         MatrixView gradient, PairLossGradients& parameter_gradients) {
  PairLossResult result;
  if (std::none_of(pairs.begin(), pairs.end(), [](const Pair& p) { return p.weight > 0; }))
    return result;

  const RowDistances rows(options.metric, embeddings, gradient);
  std::vector<Value> values;  // [pairs]
  for (const Pair& p : pairs) values.push_back(rows.forward(p.a, p.b));
  describe(pairs, values, result);
  const std::vector<std::size_t> used = used_pairs(options, pairs, values);
  result.used = static_cast<std::int64_t>(used.size());
  result.weight = total_weight(pairs, used);
  for (const std::size_t i : used) {
    const Pair& p = pairs[i];
    const PairTerm term = pair_term(options, parameters, values[i].d, p.label);
    const double share = double{p.weight} / result.weight;
    result.loss += share * term.loss;
    parameter_gradients.w += share * term.dw;
    parameter_gradients.b += share * term.db;
    rows.backward(p.a, p.b, values[i], static_cast<float>(share * term.dd));
    result.active += term.dd != 0;
  }
  return result;
}

}  // namespace gemel::loss
