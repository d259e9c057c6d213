#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "train/evaluation/scored.hpp"

namespace gemel::evaluation {

/// Every metric here is NaN where it is undefined (printed as "–"); each says when.

/// Verdicts against labels; "score >= threshold" is the verdict "duplicate".
struct Confusion {
  std::int64_t true_positives = 0, false_positives = 0, true_negatives = 0, false_negatives = 0;

  std::int64_t count() const;
  double accuracy() const;   ///< undefined without pairs
  double precision() const;  ///< undefined if nothing was called a duplicate
  double recall() const;     ///< undefined if nothing is a duplicate
  double f1() const;         ///< undefined if nothing is and nothing was called a duplicate
  /// Matthews correlation, −1 to 1; undefined if a row or a column of the table is empty.
  double mcc() const;
};
Confusion confusion_at(std::span<const Scored> pairs, float threshold);

/// Σ (Rₙ − Rₙ₋₁)·Pₙ over the distinct scores in falling order, no interpolation, ties as one step
/// (scikit-learn's average_precision_score). Undefined without positives.
double average_precision(std::span<const Scored> pairs);

/// Probability that a random positive scores above a random negative, ties counting ½.
/// Undefined unless both classes occur.
double roc_auc(std::span<const Scored> pairs);

/// Correlation of score and label. Undefined for fewer than two pairs or where either is constant.
double pearson(std::span<const Scored> pairs);

/// Pearson of the ranks, equal values sharing their average rank.
double spearman(std::span<const Scored> pairs);

/// A point of the precision-recall curve.
struct CurvePoint {
  double recall = 0, precision = 0;
  float threshold = 0;
};
/// Falling thresholds, at most `limit` points (>= 2), evenly thinned with the last one kept. Empty
/// without positives.
std::vector<CurvePoint> precision_recall_curve(std::span<const Scored> pairs,
                                               std::size_t limit = 1000);

}  // namespace gemel::evaluation
