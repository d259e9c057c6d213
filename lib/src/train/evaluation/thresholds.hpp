#pragma once
#include <optional>
#include <span>

#include "train/evaluation/scored.hpp"

namespace gemel::evaluation {

/// A threshold θ, "score >= θ is a duplicate", and what it reaches on the pairs it was found on.
struct Threshold {
  float threshold = 0;
  double value = 0;   // of the metric it was chosen for
  double recall = 0;  // NaN without positives
};

/// Thresholds lie midway between two neighbouring distinct scores, at the lowest score (all are
/// duplicates) or just above the highest (none is). Equal scores are never parted. Of equally good
/// ones the highest is chosen. Empty where there are no pairs. Error as rank_steps().
std::optional<Threshold> best_accuracy_threshold(std::span<const Scored> pairs);

/// The same for F1; empty without positives.
std::optional<Threshold> best_f1_threshold(std::span<const Scored> pairs);

/// The threshold of the highest recall whose precision is at least `precision` (0 to 1, else
/// Error); empty where none reaches it. value is the precision reached.
std::optional<Threshold> threshold_for_precision(std::span<const Scored> pairs, double precision);

}  // namespace gemel::evaluation
