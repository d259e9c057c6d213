#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/encoder_config.hpp"
#include "core/parameters.hpp"
#include "train/augmentation.hpp"
#include "train/loss_options.hpp"
#include "train/sampling_options.hpp"

namespace gemel::train {

/// Learning rate after warm-up: held, falling in a line to 0, or along half a cosine to 0.
enum class Decay { constant, linear, cosine };
std::string_view name(Decay);
Decay decay_from_name(std::string_view);  ///< throws Error with the allowed names

/// Which weights are judged and kept.
enum class AverageKind {
  none,  ///< those of the last step
  ema,   ///< exponential moving average over the steps (Polyak and Juditsky 1992)
  last,  ///< mean of the last epochs' ends
};
std::string_view name(AverageKind);
AverageKind average_from_name(std::string_view);  ///< throws Error with the allowed names

struct AverageOptions {
  AverageKind kind = AverageKind::none;
  float decay = 0.999f;  ///< ema: share of the average that a step keeps; 0.5 to below 1
  int last = 3;          ///< last: epochs; 2 to 16
};

struct RateFactor {
  std::string prefix;
  float factor = 1;
};
/// "embedding:0.1,lstm.0:0" as factors. Throws Error.
std::vector<RateFactor> rate_factors_from_text(std::string_view);

/// Everything that shapes a run apart from data and encoder. Equal options, data and seed give the
/// same model bit for bit on one machine, whatever the thread count.
struct TrainOptions {
  LossOptions loss;
  SamplingOptions sampling;
  AugmentationOptions augmentation;
  AverageOptions average;

  int epochs = 5;               ///< passes over the pairs; 1 to 10,000
  int batch_pairs = 256;        ///< examples (rows of the file) a step; 1 to 65,536
  bool recompute = false;       ///< encode twice instead of keeping states: memory of one chunk
  float learning_rate = 1e-3f;  ///< Adam's, after warm-up; 1e-9 to 10
  float weight_decay = 0.01f;   ///< decoupled, biases excluded; 0 to 1
  float clip_norm = 5.0f;       ///< gradient's largest Euclidean norm; 0 for no clipping
  float warmup = 0.05f;         ///< share of all steps with a rising rate; 0 to 1
  Decay decay = Decay::linear;
  float adam_beta1 = 0.9f, adam_beta2 = 0.999f;  ///< decay of Adam's moments; 0 to below 1
  int patience = 3;  ///< epochs without a better dev metric before stopping; 0: never
  /// What early stopping and the best model go by: a metric of the first dev set, or "SET/metric".
  std::string dev_metric = "accuracy";

  /// Factors of the learning rate by the beginning of parameters' names; the longest that fits
  /// counts, 0 freezes; each 0 to 1000.
  std::vector<RateFactor> rate_factors;
  int max_tokens = 128;  ///< longer texts are cut; 1 to 4096
  std::uint64_t seed = 1;
  int shards = 2;   ///< parts of a batch computed in parallel; part of the result
  int threads = 0;  ///< workers, 0 for all cores; no influence on the result
  Precision precision = Precision::f32;
  double checkpoint_seconds = 60;  ///< at most this much work is lost in a kill; 0: every step

  /// Throws Error naming the field, its value and the allowed range.
  void validate() const;
};

/// The factor of each parameter of a layout. Throws Error for a prefix that fits none.
std::vector<float> rate_factors_of(const std::vector<RateFactor>&, const ParameterLayout&);

/// Learning rate of step `step` (0-based) of `total`.
float learning_rate_at(const TrainOptions&, std::int64_t step, std::int64_t total);

}  // namespace gemel::train
