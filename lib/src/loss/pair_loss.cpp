#include "loss/pair_loss.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <vector>

#include "core/check.hpp"
#include "loss/distance_gradient.hpp"

namespace gemel::loss {
namespace {

constexpr std::array<std::string_view, 3> kKinds = {"contrastive", "bce", "online-contrastive"};

// |u|² of every row that cosine will ask for; empty for the other metrics.
std::vector<float> squared_norms(Metric metric, ConstMatrixView embeddings) {
  if (metric != Metric::cosine) return {};
  std::vector<float> norms(static_cast<std::size_t>(embeddings.rows));  // [N]
  for (std::int64_t r = 0; r < embeddings.rows; ++r)
    norms[static_cast<std::size_t>(r)] =
        inner_product(embeddings.row(r), embeddings.row(r), embeddings.cols);
  return norms;
}

double total_weight(std::span<const Pair> pairs) {
  double sum = 0;
  for (const Pair& p : pairs) sum += double{p.weight};
  return sum;
}

// One batch of pairs under way: forward, then backward, pair by pair.
class Batch {
 public:
  Batch(Metric metric, ConstMatrixView embeddings, MatrixView gradient)
      : metric_(metric),
        embeddings_(embeddings),
        gradient_(gradient),
        norms_(squared_norms(metric, embeddings)) {}

  float forward(const Pair& p) {
    u_ = embeddings_.row(p.a);
    v_ = embeddings_.row(p.b);
    if (metric_ != Metric::cosine) return distance(metric_, u_, v_, embeddings_.cols);
    uv_ = inner_product(u_, v_, embeddings_.cols);
    return cosine_distance(uv_, norm(p.a), norm(p.b));
  }

  void backward(const Pair& p, float d, float dd) {
    if (!gradient_.data || p.a == p.b) return;
    float* du = gradient_.row(p.a);
    float* dv = gradient_.row(p.b);
    if (metric_ == Metric::cosine)
      cosine_backward(u_, v_, embeddings_.cols, uv_, norm(p.a), norm(p.b), dd, du, dv);
    else
      distance_backward(metric_, u_, v_, embeddings_.cols, d, dd, du, dv);
  }

 private:
  float norm(std::int32_t row) const { return norms_[static_cast<std::size_t>(row)]; }

  Metric metric_;
  ConstMatrixView embeddings_;  // [N, D]
  MatrixView gradient_;         // [N, D] or null
  std::vector<float> norms_;    // [N], squared
  const float* u_ = nullptr;    // [D], of the pair forward() saw last
  const float* v_ = nullptr;    // [D]
  float uv_ = 0;
};

}  // namespace

std::string_view name(PairLossKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}
PairLossKind pair_loss_from_name(std::string_view n) {
  return static_cast<PairLossKind>(index_of_name("loss", n, kKinds));
}

void PairLossOptions::validate() const {
  if (kind == PairLossKind::bce) return;
  const double largest = metric == Metric::cosine ? 2 : metric == Metric::exp_manhattan ? 1 : 1e6;
  check_range("margin", double{margin}, 0.001, largest);
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

PairLossResult pair_loss(const PairLossOptions& options, const PairLossParameters& parameters,
                         ConstMatrixView embeddings, std::span<const Pair> pairs,
                         MatrixView gradient, PairLossGradients& parameter_gradients) {
  assert(!gradient.data || (gradient.rows == embeddings.rows && gradient.cols == embeddings.cols));
  PairLossResult result;
  result.weight = total_weight(pairs);
  if (!(result.weight > 0)) return result;

  Batch batch(options.metric, embeddings, gradient);
  double positive_sum = 0, negative_sum = 0;
  for (const Pair& p : pairs) {
    const float d = batch.forward(p);
    const PairTerm term = options.kind == PairLossKind::bce
                              ? bce_term(d, p.label, parameters.w, parameters.b)
                              : contrastive_term(d, p.label, options.margin);
    const double share = double{p.weight} / result.weight;
    result.loss += share * term.loss;
    parameter_gradients.w += share * term.dw;
    parameter_gradients.b += share * term.db;
    batch.backward(p, d, static_cast<float>(share * term.dd));
    const bool positive = p.label >= 0.5f;
    (positive ? positive_sum : negative_sum) += double{d};
    ++(positive ? result.positives : result.negatives);
    result.active += term.dd != 0;
  }
  if (result.positives) result.positive_distance = positive_sum / double(result.positives);
  if (result.negatives) result.negative_distance = negative_sum / double(result.negatives);
  return result;
}

}  // namespace gemel::loss
