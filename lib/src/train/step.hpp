#pragma once
#include "loss/pair_loss.hpp"
#include "train/batch_encoder.hpp"
#include "train/batch_texts.hpp"
#include "train/batcher.hpp"
#include "train/checkpoint.hpp"
#include "train/optimizer.hpp"
#include "train/options.hpp"
#include "train/trainer.hpp"

namespace gemel::train {

/// One optimisation step after another on the same model: encode, loss, back-propagate, clip, Adam.
class Stepper {
 public:
  Stepper(const nn::Encoder&, const TrainOptions&, const Dataset&, const TrainHooks&,
          ParameterBlock& values);
  /// Takes one step and moves `progress` on by it. Throws Error where the loss is not finite.
  void run(const Batch&, float learning_rate, Progress& progress);
  Adam& adam() { return adam_; }

 private:
  loss::PairLossResult compute_loss(const Batch&, ConstMatrixView vectors, std::uint64_t seed,
                                    const loss::PairLossParameters&, loss::PairLossGradients&);
  void clip(GradientBlock&) const;

  const TrainOptions* options_;
  const Dataset* data_;
  const TrainHooks* hooks_;
  ParameterBlock* values_;
  BatchEncoder encoder_;
  BatchTexts texts_;
  AdamOptions adam_options_;
  Adam adam_;
  AlignedBuffer<float> gradient_;  // [texts of the batch, D]
};

}  // namespace gemel::train
