#include "train/evaluation/thresholds.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "core/check.hpp"
#include "train/evaluation/metrics.hpp"

namespace gemel::evaluation {
namespace {

// A float in (low, high]: midway, unless rounding would let `low` pass.
float midway(float low, float high) {
  const float middle = low / 2 + high / 2;
  return middle > low && middle <= high ? middle : high;
}

// One threshold that can be told apart from the others on these pairs.
struct Candidate {
  float threshold;
  Confusion confusion;
};

// In falling order of threshold.
std::vector<Candidate> candidates(std::span<const Scored> pairs) {
  const std::vector<RankStep> steps = rank_steps(pairs);
  if (steps.empty()) return {};
  const std::int64_t positives = steps.back().true_positives;
  const std::int64_t negatives = steps.back().false_positives;
  std::vector<Candidate> all;
  all.reserve(steps.size() + 1);
  const float above = std::nextafter(steps.front().score, std::numeric_limits<float>::infinity());
  all.push_back({above, {0, 0, negatives, positives}});
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const RankStep& s = steps[i];
    const bool last = i + 1 == steps.size();
    all.push_back({last ? s.score : midway(steps[i + 1].score, s.score),
                   {s.true_positives, s.false_positives, negatives - s.false_positives,
                    positives - s.true_positives}});
  }
  return all;
}

// The candidate of the largest value; NaN never wins, the highest threshold wins a tie.
template <class Value>
std::optional<Threshold> best(std::span<const Scored> pairs, const Value& value) {
  std::optional<Threshold> chosen;
  for (const Candidate& c : candidates(pairs)) {
    const double v = value(c.confusion);
    if (!std::isnan(v) && (!chosen || v > chosen->value))
      chosen = Threshold{c.threshold, v, c.confusion.recall()};
  }
  return chosen;
}

}  // namespace

std::optional<Threshold> best_accuracy_threshold(std::span<const Scored> pairs) {
  return best(pairs, [](const Confusion& c) { return c.accuracy(); });
}

std::optional<Threshold> best_f1_threshold(std::span<const Scored> pairs) {
  const std::optional<Threshold> t = best(pairs, [](const Confusion& c) { return c.f1(); });
  return t && !std::isnan(t->recall) ? t : std::nullopt;
}

std::optional<Threshold> threshold_for_precision(std::span<const Scored> pairs, double precision) {
  check_range("precision", precision, 0.0, 1.0);
  std::optional<Threshold> chosen;
  for (const Candidate& c : candidates(pairs)) {
    const double p = c.confusion.precision(), r = c.confusion.recall();
    // Of equal recall the first, which has the higher precision.
    if (p >= precision && r > (chosen ? chosen->recall : 0.0))
      chosen = Threshold{c.threshold, p, r};
  }
  return chosen;
}

}  // namespace gemel::evaluation
