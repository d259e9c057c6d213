#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace gemel::evaluation {

/// One pair as a ranking sees it.
struct Scored {
  float score = 0;  // large = alike; finite
  float label = 0;  // 1 same, 0 not; any number where labels are graded
  bool positive() const { return label >= 0.5f; }
};

/// What "score >= score of this step is a duplicate" finds: one step a distinct score.
struct RankStep {
  float score = 0;
  std::int64_t true_positives = 0, false_positives = 0;  // counted from the highest score down
};

/// Distinct scores in falling order. Everything that ranks walks these, so that ties are handled
/// in one place. Throws Error "pair I: has score NAN; …" (I from 1) unless every score is finite.
std::vector<RankStep> rank_steps(std::span<const Scored> pairs);

/// True if some label is neither 0 nor 1.
bool is_graded(std::span<const Scored> pairs);

}  // namespace gemel::evaluation
