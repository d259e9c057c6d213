#pragma once
#include <vector>

#include "loss/in_batch_loss.hpp"
#include "train/objective.hpp"

namespace gemel::train {

/// One batch on its way through the loss terms; internal to the objective.
struct Objective::Work {
  const Batch& batch;
  ConstMatrixView features;  // [texts, W]
  ConstMatrixView vectors;   // [texts, D], their first columns
  const ParameterBlock& values;
  const ObjectiveState& state;
  GradientBlock& own;
  Random random;
  float margin;
  std::vector<loss::Pair> pairs;    // labelled, mined, then those made in the batch
  std::vector<std::int32_t> group;  // [texts]
  ObjectiveResult result;
};

/// One softmax over the batch: the queries and columns of a link, one way or both ways.
struct InBatchPart {
  std::vector<loss::InBatchPositive> positives;
  std::vector<std::int32_t> extra;
  bool symmetric = false;
  std::vector<float> gradient;  // [texts, D]
};

/// With one tower, both ways at once. With two, the second texts are asked among the first ones
/// alone: the file's negatives are texts of the second tower.
std::vector<InBatchPart> in_batch_parts(const Batch&, float positive_weight, std::int32_t number,
                                        const TowerLink&, bool symmetric);

loss::NegativeOptions negative_options(const TrainOptions&);

/// Lets a margin that follows the distances see this batch's.
void follow_distances(const loss::PairLossResult&, const LossOptions&, ObjectiveState&);

}  // namespace gemel::train
