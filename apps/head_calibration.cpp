#include "apps/head_calibration.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "train/evaluation/calibration.hpp"

namespace gemel::app {
namespace {

double logit(double probability) {
  const double p = std::clamp(probability, 1e-7, 1 - 1e-7);
  return std::log(p / (1 - p));
}

}  // namespace

HeadScale fit_head_scale(std::span<const evaluation::Scored> logits) {
  if (logits.empty() || evaluation::is_graded(logits)) return {};
  // Scores of the Euclidean metric are negative distances: p = σ(w · logit + b).
  const evaluation::Calibration fit = evaluation::fit_line(Metric::euclidean, logits);
  if (!(fit.w > 0)) return {};
  return {static_cast<float>(fit.w), static_cast<float>(fit.b)};
}

HeadScale fit_head_scale_to_probabilities(std::span<const evaluation::Scored> probabilities) {
  std::vector<evaluation::Scored> logits(probabilities.begin(), probabilities.end());
  for (evaluation::Scored& pair : logits) pair.score = static_cast<float>(logit(pair.score));
  return fit_head_scale(logits);
}

float rescaled(HeadScale by, float probability) {
  const double z = double{by.scale} * logit(probability) + double{by.shift};
  return static_cast<float>(1 / (1 + std::exp(-z)));
}

}  // namespace gemel::app
