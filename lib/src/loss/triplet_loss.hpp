#pragma once
#include <cstdint>
#include <span>

#include "core/matrix.hpp"
#include "core/metric.hpp"

namespace gemel::loss {

/// Three rows of the embeddings: the positive says the same as the anchor, the negative does not.
struct Triplet {
  std::int32_t anchor = 0, positive = 0, negative = 0;
  float weight = 1;  // >= 0
};

struct TripletLossOptions {
  Metric metric = Metric::cosine;
  /// How much farther than the positive the negative has to be, in the unit of d below.
  /// 0.001 to the largest d (cosine 2, exp-manhattan 1, else 1e6).
  float margin = 0.2f;

  /// Throws Error "margin: is VALUE; allowed is 0.001 to HIGH".
  void validate() const;
};

struct TripletLossResult {
  double loss = 0;    // mean, weighted by Triplet::weight; 0 where the weights sum to 0
  double weight = 0;  // sum of the weights
  double positive_distance = 0, negative_distance = 0;  // means of distance(), 0 if none
  std::int64_t active = 0;  // triplets whose loss is above 0, whatever their weight
  std::int64_t count = 0;
};

/// L = max(d(a, p) − d(a, n) + margin, 0). For euclidean d is the squared distance, as in Schroff,
/// Kalenichenko and Philbin (2015); the other metrics use their own distance. Gradients are those
/// of the weighted mean and are added to what is there; at the hinge's corner they are 0. A row may
/// come in many triplets. Zero distances and zero vectors give finite results. Thread-safe.
/// @param embeddings [N, D]
/// @param gradient   [N, D], added to; data may be null to get the loss only
TripletLossResult triplet_loss(const TripletLossOptions& options, ConstMatrixView embeddings,
                               std::span<const Triplet> triplets, MatrixView gradient);

}  // namespace gemel::loss
