#pragma once
#include <vector>

#include "core/random.hpp"
#include "train/evaluation/scored.hpp"

namespace sample {

using gemel::evaluation::Scored;

/// Sixteen pairs with ties within and between the classes. Figures that the tests quote for it come
/// from scikit-learn 1.x and scipy, called on these two columns.
inline std::vector<Scored> sixteen() {
  return {{.9f, 1}, {.8f, 1}, {.8f, 0}, {.8f, 1}, {.7f, 1}, {.6f, 0}, {.6f, 1}, {.5f, 1},
          {.5f, 0}, {.5f, 0}, {.4f, 1}, {.3f, 0}, {.3f, 0}, {.2f, 1}, {.1f, 0}, {.1f, 0}};
}

/// Random labels and scores on a coarse grid, so that ties abound.
inline std::vector<Scored> random_pairs(gemel::Random& random, std::size_t n) {
  std::vector<Scored> pairs(n);
  for (Scored& p : pairs) {
    p.label = static_cast<float>(random.below(2));
    p.score = (static_cast<float>(random.below(12)) + 3 * p.label) / 8 - 1;
  }
  return pairs;
}

}  // namespace sample
