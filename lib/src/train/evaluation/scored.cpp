#include "train/evaluation/scored.hpp"

#include <algorithm>
#include <cmath>
#include <gemel/error.hpp>
#include <string>

namespace gemel::evaluation {

std::vector<RankStep> rank_steps(std::span<const Scored> pairs) {
  for (std::size_t i = 0; i < pairs.size(); ++i)
    if (!std::isfinite(pairs[i].score))
      throw Error("pair " + std::to_string(i + 1), "has score " + std::to_string(pairs[i].score),
                  "the model's numbers are broken; train again with a lower learning rate");
  std::vector<Scored> sorted(pairs.begin(), pairs.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const Scored& a, const Scored& b) { return a.score > b.score; });
  std::vector<RankStep> steps;
  RankStep now;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    ++(sorted[i].positive() ? now.true_positives : now.false_positives);
    now.score = sorted[i].score;
    if (i + 1 == sorted.size() || sorted[i + 1].score != now.score) steps.push_back(now);
  }
  return steps;
}

bool is_graded(std::span<const Scored> pairs) {
  return std::any_of(pairs.begin(), pairs.end(),
                     [](const Scored& p) { return p.label != 0.0f && p.label != 1.0f; });
}

}  // namespace gemel::evaluation
