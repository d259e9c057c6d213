#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/encoder_config.hpp"
#include "loss/negatives.hpp"
#include "loss/pair_loss.hpp"

namespace gemel::train {

/// Learning rate after warm-up: held, falling in a line to 0, or along half a cosine to 0.
enum class Decay { constant, linear, cosine };
std::string_view name(Decay);
Decay decay_from_name(std::string_view);  ///< throws Error with the allowed names

/// Which texts of a batch become extra negatives.
enum class NegativeChoice { hardest, random };
std::string_view name(NegativeChoice);
NegativeChoice negative_choice_from_name(std::string_view);  ///< throws Error

/// Everything that shapes a run apart from data and encoder. Equal options, data and seed give the
/// same model bit for bit on one machine, whatever the thread count.
struct TrainOptions {
  loss::PairLossOptions loss;
  loss::PairLossParameters pair_parameters;  ///< where w and b of BCE start
  NegativeChoice negatives = NegativeChoice::hardest;
  int batch_negatives = 0;          ///< negatives made in the batch for each text; 0 to 256
  float negative_weight = 1.0f;     ///< weight of each made pair beside a labelled one; 0 to 1000
  float negative_min_distance = 0;  ///< closer texts are not made negatives; metric's unit
  float positive_weight = 1.0f;     ///< weight of labelled positive pairs; 0.001 to 1000

  int epochs = 5;               ///< passes over the pairs; 1 to 10,000
  int batch_pairs = 256;        ///< labelled pairs a step; 1 to 65,536
  float learning_rate = 1e-3f;  ///< Adam's, after warm-up; 1e-9 to 10
  float weight_decay = 0.01f;   ///< decoupled, biases excluded; 0 to 1
  float clip_norm = 5.0f;       ///< gradient's largest Euclidean norm; 0 for no clipping
  float warmup = 0.05f;         ///< share of all steps with a rising rate; 0 to 1
  Decay decay = Decay::linear;
  float adam_beta1 = 0.9f, adam_beta2 = 0.999f;  ///< decay of Adam's moments; 0 to below 1
  int patience = 3;  ///< epochs without a better dev metric before stopping; 0: never
  std::string dev_metric = "accuracy";  ///< what early stopping and the best model go by

  float token_dropout = 0;        ///< probability of leaving out a token; 0 to 0.9
  float sample_segmentation = 0;  ///< 0: the best segmentation; else the sampler's α, up to 10
  int max_tokens = 128;           ///< longer texts are cut; 1 to 4096
  std::uint64_t seed = 1;
  int shards = 2;   ///< parts of a batch computed in parallel; part of the result
  int threads = 0;  ///< workers, 0 for all cores; no influence on the result
  Precision precision = Precision::f32;
  double checkpoint_seconds = 60;  ///< at most this much work is lost in a kill; 0: every step

  /// Throws Error naming the field, its value and the allowed range.
  void validate() const;
};

/// Learning rate of step `step` (0-based) of `total`.
float learning_rate_at(const TrainOptions&, std::int64_t step, std::int64_t total);

}  // namespace gemel::train
