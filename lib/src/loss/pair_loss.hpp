#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "core/matrix.hpp"
#include "core/metric.hpp"

namespace gemel::loss {

/// Two rows of the embeddings and what is known of them.
struct Pair {
  std::int32_t a = 0, b = 0;  // rows of the embeddings
  float label = 0;            // 1 same, 0 not; between them a degree, or if soft a probability
  float weight = 1;           // >= 0
  bool soft = false;          // the label is a classifier's probability that they are the same

  /// Whether the label says how alike they are, not whether they are the same.
  bool has_degree() const { return !soft && label > 0 && label < 1; }
};

/// contrastive  L = y·d² + (1 − y)·max(margin − d, 0)²  (Hadsell, Chopra and LeCun 2006, times 2)
/// bce          L = −y·log p − (1 − y)·log(1 − p), p = σ(−w·d + b), w and b learned
/// online_contrastive  contrastive over the batch's hard pairs, see online_contrastive.hpp
/// regression   L = (1 − d − y)² over the pairs whose label is a degree between 0 and 1: the cosine
///              similarity is to be the degree itself (Reimers and Gurevych 2019)
enum class PairLossKind { contrastive, bce, online_contrastive, regression };

std::string_view name(PairLossKind);
PairLossKind pair_loss_from_name(std::string_view);  ///< throws Error with the allowed names

struct PairLossOptions {
  PairLossKind kind = PairLossKind::bce;
  Metric metric = Metric::cosine;
  /// Distance beyond which a negative pair costs nothing, in the metric's unit; contrastive ones.
  /// 0.001 to the metric's largest distance (cosine 2, exp-manhattan 1, else 1e6).
  float margin = 0.5f;
  /// bce: leave pairs whose label is a degree between 0 and 1 to another loss.
  bool no_degrees = false;

  /// Throws Error "margin: is VALUE; allowed is 0.001 to HIGH".
  void validate() const;
};

/// Learned scale and bias of bce's p = σ(−w·d + b); left alone by the others.
struct PairLossParameters {
  float w = 10, b = 5;
};
struct PairLossGradients {
  double w = 0, b = 0;
};

struct PairLossResult {
  double loss = 0;    // mean, weighted by Pair::weight; 0 where the weights sum to 0
  double weight = 0;  // sum of the weights
  // Of all pairs, whatever their weight and, for online_contrastive, whether hard or not:
  double positive_distance = 0,
         negative_distance = 0;  // means, label >= 0.5 is positive; 0 if none
  double positive_deviation = 0, negative_deviation = 0;  // of the population
  std::int64_t positives = 0, negatives = 0;              // pairs
  // Of the pairs the loss was taken over: all, the hard ones, or those with or without degrees.
  std::int64_t used = 0;
  std::int64_t active = 0;  // pairs whose loss has a slope (a negative within the margin, …)
};

/// Loss of a batch and its gradients. Gradients are those of `loss`, the weighted mean, and are
/// added to what is there. Each embedding's norm is computed once. Zero distances and zero vectors
/// give finite results. Thread-safe; the result does not depend on anything but the arguments.
/// @param embeddings [N, D]
/// @param gradient   [N, D], added to; data may be null to get the loss only
PairLossResult pair_loss(const PairLossOptions& options, const PairLossParameters& parameters,
                         ConstMatrixView embeddings, std::span<const Pair> pairs,
                         MatrixView gradient, PairLossGradients& parameter_gradients);

/// Loss of one pair of label y at distance d, and its slopes.
struct PairTerm {
  double loss = 0;
  double dd = 0;          // ∂L/∂d
  double dw = 0, db = 0;  // ∂L/∂w and ∂L/∂b; bce only
};
PairTerm contrastive_term(double d, double label, double margin);
PairTerm bce_term(double d, double label, double w, double b);
PairTerm regression_term(double d, double label);

}  // namespace gemel::loss
