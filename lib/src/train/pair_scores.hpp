#pragma once
#include <atomic>
#include <vector>

#include "core/metric.hpp"
#include "nn/towers.hpp"
#include "train/dataset.hpp"

namespace gemel::train {

/// Scores of a dataset's pairs, in their order; large = alike.
struct PairScores {
  std::vector<float> distance;  // by the metric
  std::vector<float> head;      // the pair head's logits; empty without a head
};

/// Under the given parameters. Threads do not change the result. Throws Interrupted.
PairScores score_pairs(const nn::Towers&, const ParameterBlock& values, const Dataset&, Metric,
                       int threads, const std::atomic<bool>* stop);

}  // namespace gemel::train
