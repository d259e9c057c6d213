#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/parameters.hpp"
#include "nn/recurrent_blocks.hpp"
#include "nn/towers.hpp"
#include "train/batch_texts.hpp"
#include "train/checkpoint.hpp"
#include "train/dataset.hpp"
#include "train/options.hpp"
#include "train/pair_scores.hpp"
#include "train/teacher.hpp"

namespace gemel::train {

/// Metrics of dev pairs by name ("accuracy", "average_precision", …), from scores (large = alike)
/// and labels.
using Metrics = std::map<std::string, double>;
using Judge =
    std::function<Metrics(const std::vector<float>& scores, const std::vector<float>& labels)>;

/// Labelled pairs that choose. The metrics of the first set go by their own names, those of the
/// others by "NAME/metric"; the pair head's have "head_" before the metric.
struct DevSet {
  std::string name;
  Dataset data;
};

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
  std::map<std::string, double> losses;  // mean of each term, where there are several
  double margin = 0;                     // at the end of the epoch; 0 where no term has one
  std::string made = {};                 // MadeNegatives::json(), empty where none were made
  std::string mining = {};               // MiningReport::json(), empty without mining
  Metrics dev;
  bool best = false;
  std::string json() const;  // one line
  static EpochReport from_json(const std::string& line);
};

struct TrainHooks {
  Judge judge;
  std::function<void(const StepReport&)> on_step;    // may be empty
  std::function<void(const EpochReport&)> on_epoch;  // may be empty; also replayed on resume
  std::function<void(const std::string&)> note;      // a line for people; may be empty
  TextCoder coder;
  const std::atomic<bool>* stop = nullptr;  // raised: write a checkpoint and throw Interrupted
};

struct TrainInputs {
  const Dataset& data;
  const std::vector<DevSet>& dev;  // none: the last epoch is kept
  const Teacher& teacher;          // may be empty
  nn::ZeroBlocks zeros = {};       // recurrent blocks that stay zero
};

struct TrainResult {
  int epochs = 0;      // completed
  int best_epoch = 0;  // whose parameters `values` holds afterwards
  double best_metric = 0;
  loss::PairLossParameters pair_parameters;
  std::vector<std::string> log;  // one JSON line an epoch
  double seconds = 0;
};

/// Where a run keeps its checkpoint; no path, no checkpoint. Where the file exists the run goes on
/// from it, exactly. It is there at the end too: delete it once the model is stored, so that a full
/// disk costs no training.
struct CheckpointPlace {
  std::string path;
  std::string signature;  // names options, data and encoder
};

/// The part of check_run() that needs no data.
void check_options(const ModelConfig&, const TrainOptions&, bool teacher);
/// Throws Error unless model, options, data and teacher fit together: a triplet loss without
/// positives, a head without its loss, labels that a loss cannot use.
void check_run(const ModelConfig&, const TrainOptions&, const TrainInputs&);

/// Trains all towers at once. Towers that are one share its parameters, so that their gradients
/// merge by construction. `values` must be initialised; afterwards it holds the best epoch's
/// parameters (the last epoch's without dev sets).
/// Errors: those of check_run(), a non-finite loss, the checkpoint; Interrupted.
TrainResult train(const nn::Towers&, const TrainOptions&, const TrainInputs&,
                  ParameterBlock& values, const CheckpointPlace&, const TrainHooks&);

}  // namespace gemel::train
