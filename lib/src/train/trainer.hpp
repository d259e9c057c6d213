#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/parameters.hpp"
#include "nn/encoder.hpp"
#include "train/checkpoint.hpp"
#include "train/dataset.hpp"
#include "train/options.hpp"

namespace gemel::train {

/// Metrics of the dev pairs by name ("accuracy", "average_precision", …), from scores (large =
/// alike) and labels.
using Metrics = std::map<std::string, double>;
using Judge =
    std::function<Metrics(const std::vector<float>& scores, const std::vector<float>& labels)>;

struct StepReport {
  int epoch = 0;  // 1-based
  std::int64_t batch = 0, batches = 0;
  double mean_loss = 0;  // over the epoch so far
  double texts_per_second = 0;
  double seconds_left = 0;  // of the whole run, at this run's speed
};

struct EpochReport {
  int epoch = 0;  // 1-based
  std::int64_t step = 0;
  double loss = 0, learning_rate = 0, seconds = 0, texts_per_second = 0, tokens_per_second = 0;
  loss::PairLossParameters pair_parameters;
  Metrics dev;
  bool best = false;
  std::string json() const;  // one line
};

struct TrainHooks {
  Judge judge;
  std::function<void(const StepReport&)> on_step;    // may be empty
  std::function<void(const EpochReport&)> on_epoch;  // may be empty; also replayed on resume
  /// Sampled segmentation of a text, for TrainOptions::sample_segmentation.
  std::function<void(std::string_view, std::uint64_t seed, std::vector<std::int32_t>&)> sample;
  const std::atomic<bool>* stop = nullptr;  // raised: write a checkpoint and throw Interrupted
};

struct TrainResult {
  int epochs = 0;      // completed
  int best_epoch = 0;  // whose parameters `values` holds afterwards
  double best_metric = 0;
  loss::PairLossParameters pair_parameters;
  std::vector<std::string> log;  // one JSON line an epoch
  double seconds = 0;
};

/// Trains both towers of a siamese model, which share one encoder, so that their gradients merge by
/// construction. `values` must be initialised; afterwards it holds the best epoch's parameters (the
/// last epoch's without dev pairs).
/// @param checkpoint path of the checkpoint file; empty for none. Where the file exists the run
///                   goes on from it, exactly. It is there at the end too: delete it once the
///                   model is stored, so that a full disk costs no training.
/// Errors: Error for options, a non-finite loss, the checkpoint; Interrupted.
TrainResult train(const nn::Encoder&, const TrainOptions&, const Dataset& data, const Dataset& dev,
                  ParameterBlock& values, const std::string& checkpoint,
                  const std::string& signature, const TrainHooks&);

/// Scores of a dataset's pairs under the given parameters. Threads do not change the result.
std::vector<float> score_pairs(const nn::Encoder&, const ParameterBlock& values, const Dataset&,
                               Metric, int threads, const std::atomic<bool>* stop);

}  // namespace gemel::train
