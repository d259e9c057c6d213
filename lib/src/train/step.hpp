#pragma once
#include "nn/recurrent_blocks.hpp"
#include "train/batch_texts.hpp"
#include "train/checkpoint.hpp"
#include "train/objective.hpp"
#include "train/optimizer.hpp"
#include "train/tower_encoder.hpp"
#include "train/weight_average.hpp"

namespace gemel::train {

/// One optimisation step after another on the same model: encode, loss, back-propagate, clip, Adam.
class Stepper {
 public:
  /// @param zeros recurrent blocks that get no gradient; must outlive the stepper
  Stepper(const nn::Towers&, const TrainOptions&, const Dataset&, const Teacher&,
          const nn::ZeroBlocks& zeros, const TextCoder&, ParameterBlock& values);
  /// Takes one step and moves `progress` on by it. Throws Error where the loss is not finite.
  /// @param total steps of the whole run
  void run(const Batch&, std::int64_t total, Progress& progress);
  Adam& adam() { return adam_; }
  WeightAverage& average() { return average_; }
  TowerEncoder& encoder() { return encoder_; }
  const Objective& objective() const { return objective_; }

 private:
  float clip_factor(const GradientBlock&, std::int64_t step) const;
  void move_pair_parameters(const loss::PairLossGradients&, float learning_rate, Progress&);

  const TrainOptions* options_;
  const Dataset* data_;
  const nn::ZeroBlocks* zeros_;
  const TextCoder* coder_;
  ParameterBlock* values_;
  bool frozen_ = false;  // whether no encoder learns
  bool pooled_;          // whether the pair head reads pooled vectors
  TowerEncoder encoder_;
  Objective objective_;
  BatchTexts texts_;
  AdamOptions adam_options_;
  Adam adam_;
  WeightAverage average_;
  GradientBlock own_;  // gradients that no encoder makes
};

}  // namespace gemel::train
