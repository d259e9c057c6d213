#include "train/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <gemel/error.hpp>

#include "core/parallel.hpp"
#include "train/batcher.hpp"
#include "train/mining.hpp"
#include "train/step.hpp"

namespace gemel::train {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

BatchOptions batch_options(const TrainOptions& o) {
  const bool alters = o.augmentation.alters_text() || o.augmentation.alters_tokens();
  return {o.batch_pairs,
          !alters                                        ? Noise::none
          : o.augmentation.target == AugmentTarget::both ? Noise::both
                                                         : Noise::one,
          o.augmentation.side_swap};
}

// One run from its start or its checkpoint to its end.
class Run {
 public:
  Run(const nn::Towers& model, const TrainOptions& options, const TrainInputs& inputs,
      ParameterBlock& values, const CheckpointPlace& place, const TrainHooks& hooks)
      : model_(model),
        options_(options),
        inputs_(inputs),
        values_(values),
        place_(place),
        hooks_(hooks),
        best_values_(values.layout()),
        batcher_(inputs.data, model.config().links, batch_options(options), options.seed),
        stepper_(model, options, inputs.data, inputs.teacher, inputs.zeros, hooks.coder, values),
        miner_(inputs.data, model.config().links, options.sampling, options.loss.metric,
               options.threads > 0 ? options.threads : available_cores()) {
    progress_.objective.pair = options.loss.start;
  }

  TrainResult run() {
    if (!place_.path.empty() && std::filesystem::exists(place_.path)) resume();
    while (progress_.epoch < options_.epochs && !out_of_patience()) run_epoch();
    if (progress_.best_epoch > 0) {
      std::ranges::copy(best_values_.all(), values_.all().begin());
      progress_.objective.pair = progress_.best_pair;
    } else {
      ParameterBlock judged(values_.layout());
      stepper_.average().write(values_, progress_.epoch, judged);
      std::ranges::copy(judged.all(), values_.all().begin());
    }
    return {progress_.epoch,          progress_.best_epoch, progress_.best_metric,
            progress_.objective.pair, progress_.log,        seconds_since(start_)};
  }

 private:
  CheckpointBlocks blocks() {
    CheckpointBlocks all = {&values_, &stepper_.adam().first_moment(),
                            &stepper_.adam().second_moment(), &best_values_};
    for (ParameterBlock* block : stepper_.average().blocks()) all.push_back(block);
    return all;
  }

  void resume() {
    progress_ = read_checkpoint(place_.path, place_.signature, blocks());
    stepper_.adam().set_steps(progress_.step);
    first_step_ = progress_.step;
    if (hooks_.on_epoch)
      for (const std::string& line : progress_.log) hooks_.on_epoch(EpochReport::from_json(line));
  }

  void save() {
    if (place_.path.empty()) return;
    write_checkpoint(place_.path, place_.signature, progress_, blocks());
    saved_ = Clock::now();
  }

  bool out_of_patience() const {
    return options_.patience > 0 && progress_.best_epoch > 0 &&
           progress_.epoch - progress_.best_epoch >= options_.patience;
  }

  void run_epoch() {
    batcher_.start_epoch(progress_.epoch);
    const std::int64_t batches = batcher_.batches();
    const std::int64_t total = batches * options_.epochs;
    mine();
    while (progress_.batch < batches) {
      const auto begun = Clock::now();
      stepper_.run(batcher_.batch(progress_.batch, progress_.mined), total, progress_);
      progress_.sums.seconds += seconds_since(begun);
      if (hooks_.on_step) hooks_.on_step(step_report(batches, total));
      if (hooks_.stop && *hooks_.stop) {
        save();
        throw Interrupted();
      }
      if (progress_.batch < batches && seconds_since(saved_) >= options_.checkpoint_seconds) save();
    }
    stepper_.average().after_epoch(values_, progress_.epoch);
    finish_epoch(total);
    save();
  }

  // The index is made anew for every epoch; a run resumed within one has it in its checkpoint.
  void mine() {
    if (options_.sampling.mined_negatives == 0 || progress_.epoch < options_.sampling.mining_from ||
        progress_.mined_epoch == progress_.epoch)
      return;
    MiningReport report;
    progress_.mined =
        miner_.mine(stepper_.encoder(), values_,
                    splitmix64(options_.seed ^
                               splitmix64(static_cast<std::uint64_t>(progress_.epoch) + 0x3117)),
                    hooks_.stop, report);
    progress_.mined_epoch = progress_.epoch;
    progress_.mining_report = report.json();
    if (hooks_.note) hooks_.note(report.summary());
  }

  StepReport step_report(std::int64_t batches, std::int64_t total) const {
    const EpochSums& s = progress_.sums;
    const double a_step = seconds_since(start_) / static_cast<double>(progress_.step - first_step_);
    return {progress_.epoch + 1,
            progress_.batch,
            batches,
            s.loss / static_cast<double>(s.batches),
            static_cast<double>(s.texts) / s.seconds,
            a_step * static_cast<double>(total - progress_.step)};
  }

  void finish_epoch(std::int64_t total) {
    EpochReport report;
    fill(report, total);
    if (!inputs_.dev.empty()) judge(report);
    progress_.log.push_back(report.json());
    ++progress_.epoch;
    progress_.batch = 0;
    progress_.sums = {};
    if (hooks_.on_epoch) hooks_.on_epoch(report);
  }

  void fill(EpochReport& report, std::int64_t total) const {
    const EpochSums& s = progress_.sums;
    const auto batches = static_cast<double>(s.batches);
    report.epoch = progress_.epoch + 1;
    report.step = progress_.step;
    report.loss = s.loss / batches;
    report.learning_rate = double{learning_rate_at(options_, progress_.step - 1, total)};
    report.seconds = s.seconds;
    report.texts_per_second = static_cast<double>(s.texts) / s.seconds;
    report.tokens_per_second = static_cast<double>(s.tokens) / s.seconds;
    report.pair_parameters = progress_.objective.pair;
    if (options_.loss.mix.size() > 1)
      for (const WeightedLoss& loss : options_.loss.mix)
        report.losses[std::string(name(loss.term))] =
            s.terms[static_cast<std::size_t>(loss.term)] / batches;
    if (s.penalty > 0) report.losses["attention-penalty"] = s.penalty / batches;
    if (options_.loss.has_margin())
      report.margin =
          current_margin(options_.loss, progress_.objective,
                         static_cast<double>(progress_.step) / static_cast<double>(total));
    if (s.made.batches > 0) report.made = s.made.json();
    if (progress_.mined_epoch == progress_.epoch) report.mining = progress_.mining_report;
  }

  void judge(EpochReport& report) {
    ParameterBlock judged(values_.layout());
    stepper_.average().write(values_, report.epoch, judged);
    for (const DevSet& set : inputs_.dev) judge_set(set, judged, report.dev);
    const auto it = report.dev.find(options_.dev_metric);
    if (it == report.dev.end())
      throw Error("dev_metric", "'" + options_.dev_metric + "' cannot be computed on the dev pairs",
                  "choose another metric or another dev file");
    if (progress_.best_epoch > 0 && it->second <= progress_.best_metric) return;
    report.best = true;
    progress_.best_metric = it->second;
    progress_.best_epoch = report.epoch;
    progress_.best_pair = progress_.objective.pair;
    std::ranges::copy(judged.all(), best_values_.all().begin());
  }

  void judge_set(const DevSet& set, const ParameterBlock& judged, Metrics& all) const {
    const std::string prefix = &set == &inputs_.dev.front() ? "" : set.name + "/";
    std::vector<float> labels;
    for (const Dataset::Pair& p : set.data.pairs()) labels.push_back(p.label);
    const PairScores scores =
        score_pairs(model_, judged, set.data, options_.loss.metric, options_.threads, hooks_.stop);
    for (const auto& [key, value] : hooks_.judge(scores.distance, labels))
      all[prefix + key] = value;
    if (scores.head.empty()) return;
    for (const auto& [key, value] : hooks_.judge(scores.head, labels))
      all[prefix + "head_" + key] = value;
  }

  const nn::Towers& model_;
  const TrainOptions& options_;
  const TrainInputs& inputs_;
  ParameterBlock& values_;
  const CheckpointPlace& place_;
  const TrainHooks& hooks_;
  ParameterBlock best_values_;
  Batcher batcher_;
  Stepper stepper_;
  Miner miner_;
  Progress progress_;
  std::int64_t first_step_ = 0;
  Clock::time_point start_ = Clock::now(), saved_ = start_;
};

}  // namespace

TrainResult train(const nn::Towers& model, const TrainOptions& options, const TrainInputs& inputs,
                  ParameterBlock& values, const CheckpointPlace& place, const TrainHooks& hooks) {
  check_run(model.config(), options, inputs);
  return Run(model, options, inputs, values, place, hooks).run();
}

}  // namespace gemel::train
