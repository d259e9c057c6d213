#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "dnn/context.hpp"
#include "loss/margin.hpp"
#include "loss/negatives.hpp"
#include "loss/pair_loss.hpp"
#include "loss/triplet_loss.hpp"
#include "nn/towers.hpp"
#include "train/batcher.hpp"
#include "train/options.hpp"
#include "train/teacher.hpp"

namespace gemel::train {

/// What the loss learns or remembers beside the model's parameters.
struct ObjectiveState {
  loss::PairLossParameters pair;
  loss::MarginState margin;
};

struct ObjectiveResult {
  double loss = 0;                         // Σ weight · term
  std::array<double, kLossTerms> terms{};  // by LossTerm, without their weights
  loss::PairLossGradients pair;            // of `loss`
  loss::PairLossResult statistics;         // of the pairs, distances by label
  loss::NegativeReport negatives;          // made in the batch
};

/// The margin of the losses that have one, after a share `done` of the training.
double current_margin(const LossOptions&, const ObjectiveState&, double done);

/// The weighted sum of a run's loss terms over one batch, and its gradients. One a trainer.
class Objective {
 public:
  /// What it adds to the layout for training alone: where the teacher's vectors have another size,
  /// a projection of the embeddings onto it ("distillation.weight" [D, D']); for reconstruction a
  /// table of the tokens ("reconstruction.weight" [V, D], row-sparse).
  static void register_parameters(const LossOptions&, const Teacher&, const ModelConfig&,
                                  ParameterLayout&);

  Objective(const nn::Towers&, const TrainOptions&, const Dataset&, const Teacher&);
  /// Random values for what register_parameters() added.
  void initialise(ParameterBlock& values, Random&) const;
  /// @param features [texts of the batch, D], or [texts, W] where a pair head reads more than the
  ///                 embeddings, which come first
  /// @param done    share of the training done, 0 to 1
  /// @param own     gradients of the head's and the objective's own parameters are added here
  ObjectiveResult run(const Batch&, ConstMatrixView features, const ParameterBlock& values,
                      double done, std::uint64_t seed, ObjectiveState&, GradientBlock& own);
  /// Of the last run, as wide as the features.
  ConstMatrixView gradient() const { return gradient_view_; }
  /// Whether run() adds to `own` at all.
  bool has_parameters() const;

 private:
  struct Work;  // one run
  void add_pairs(Work&);
  void add_made_negatives(Work&);
  void pair_term(Work&, LossTerm, loss::PairLossKind);
  std::vector<loss::Triplet> made_triplets(Work&);
  void triplet_term(Work&);
  void in_batch_term(Work&);
  void distillation_term(Work&);
  void head_term(Work&);
  void reconstruction_term(Work&);
  ConstMatrixView embeddings(ConstMatrixView features);
  void collect(Work&, LossTerm, double value);
  MatrixView term_gradient(const Work&);

  const nn::Towers* model_;
  const TrainOptions* options_;
  const Dataset* data_;
  const Teacher* teacher_;
  int projection_ = -1;  // index of distillation.weight
  int tokens_ = -1;      // index of reconstruction.weight
  dnn::Context context_;
  nn::PairHead::Saved head_saved_;
  AlignedBuffer<float> vectors_;   // [texts, D], where the features are wider
  AlignedBuffer<float> term_;      // [texts, D]
  AlignedBuffer<float> gradient_;  // [texts, W]
  MatrixView gradient_view_;
};

}  // namespace gemel::train
