#include "train/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <gemel/error.hpp>
#include <nlohmann/json.hpp>

#include "core/parallel.hpp"
#include "train/batcher.hpp"
#include "train/step.hpp"

namespace gemel::train {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

EpochReport report_from_json(const std::string& line) {
  const auto j = nlohmann::json::parse(line);
  EpochReport r;
  r.epoch = j.at("epoch");
  r.step = j.at("step");
  r.loss = j.at("loss");
  r.learning_rate = j.at("learning_rate");
  r.seconds = j.at("seconds");
  r.texts_per_second = j.at("texts_per_second");
  r.tokens_per_second = j.at("tokens_per_second");
  r.pair_parameters = {j.at("w"), j.at("b")};
  r.dev = j.at("dev").get<Metrics>();
  r.best = j.at("best");
  return r;
}

// One run from its start or its checkpoint to its end.
class Run {
 public:
  Run(const nn::Encoder& encoder, const TrainOptions& options, const Dataset& data,
      const Dataset& dev, ParameterBlock& values, const std::string& checkpoint,
      const std::string& signature, const TrainHooks& hooks)
      : encoder_(encoder),
        options_(options),
        data_(data),
        dev_(dev),
        values_(values),
        checkpoint_(checkpoint),
        signature_(signature),
        hooks_(hooks),
        best_values_(values.layout()),
        batcher_(data, options.batch_pairs, options.seed),
        stepper_(encoder, options, data, hooks, values) {
    progress_.pair_parameters = options.pair_parameters;
  }

  TrainResult run() {
    if (!checkpoint_.empty() && std::filesystem::exists(checkpoint_)) resume();
    while (progress_.epoch < options_.epochs && !out_of_patience()) run_epoch();
    if (progress_.best_epoch > 0) {
      std::ranges::copy(best_values_.all(), values_.all().begin());
      progress_.pair_parameters = progress_.best_pair_parameters;
    }
    return {progress_.epoch,           progress_.best_epoch, progress_.best_metric,
            progress_.pair_parameters, progress_.log,        seconds_since(start_)};
  }

 private:
  CheckpointBlocks blocks() {
    return {values_, stepper_.adam().first_moment(), stepper_.adam().second_moment(), best_values_};
  }

  void resume() {
    progress_ = read_checkpoint(checkpoint_, signature_, blocks());
    stepper_.adam().set_steps(progress_.step);
    first_step_ = progress_.step;
    if (hooks_.on_epoch)
      for (const std::string& line : progress_.log) hooks_.on_epoch(report_from_json(line));
  }

  void save() {
    if (checkpoint_.empty()) return;
    write_checkpoint(checkpoint_, signature_, progress_, blocks());
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
    while (progress_.batch < batches) {
      const auto begun = Clock::now();
      stepper_.run(batcher_.batch(progress_.batch),
                   learning_rate_at(options_, progress_.step, total), progress_);
      progress_.sums.seconds += seconds_since(begun);
      if (hooks_.on_step) hooks_.on_step(step_report(batches, total));
      if (hooks_.stop && *hooks_.stop) {
        save();
        throw Interrupted();
      }
      if (progress_.batch < batches && seconds_since(saved_) >= options_.checkpoint_seconds) save();
    }
    finish_epoch(total);
    save();
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
    const EpochSums& s = progress_.sums;
    report.epoch = progress_.epoch + 1;
    report.step = progress_.step;
    report.loss = s.loss / static_cast<double>(s.batches);
    report.learning_rate = double{learning_rate_at(options_, progress_.step - 1, total)};
    report.seconds = s.seconds;
    report.texts_per_second = static_cast<double>(s.texts) / s.seconds;
    report.tokens_per_second = static_cast<double>(s.tokens) / s.seconds;
    report.pair_parameters = progress_.pair_parameters;
    if (!dev_.pairs().empty()) judge(report);
    progress_.log.push_back(report.json());
    ++progress_.epoch;
    progress_.batch = 0;
    progress_.sums = {};
    if (hooks_.on_epoch) hooks_.on_epoch(report);
  }

  void judge(EpochReport& report) {
    std::vector<float> labels;
    for (const Dataset::Pair& p : dev_.pairs()) labels.push_back(p.label);
    report.dev = hooks_.judge(
        score_pairs(encoder_, values_, dev_, options_.loss.metric, options_.threads, hooks_.stop),
        labels);
    const auto it = report.dev.find(options_.dev_metric);
    if (it == report.dev.end())
      throw Error("dev_metric", "'" + options_.dev_metric + "' cannot be computed on the dev pairs",
                  "choose another metric or another dev file");
    if (progress_.best_epoch > 0 && it->second <= progress_.best_metric) return;
    report.best = true;
    progress_.best_metric = it->second;
    progress_.best_epoch = report.epoch;
    progress_.best_pair_parameters = progress_.pair_parameters;
    std::ranges::copy(values_.all(), best_values_.all().begin());
  }

  const nn::Encoder& encoder_;
  const TrainOptions& options_;
  const Dataset& data_;
  const Dataset& dev_;
  ParameterBlock& values_;
  const std::string& checkpoint_;
  const std::string& signature_;
  const TrainHooks& hooks_;
  ParameterBlock best_values_;
  Batcher batcher_;
  Stepper stepper_;
  Progress progress_;
  std::int64_t first_step_ = 0;
  Clock::time_point start_ = Clock::now(), saved_ = start_;
};

}  // namespace

std::string EpochReport::json() const {
  nlohmann::ordered_json j = {{"epoch", epoch},
                              {"step", step},
                              {"loss", loss},
                              {"learning_rate", learning_rate},
                              {"seconds", seconds},
                              {"texts_per_second", texts_per_second},
                              {"tokens_per_second", tokens_per_second},
                              {"w", pair_parameters.w},
                              {"b", pair_parameters.b},
                              {"dev", dev},
                              {"best", best}};
  return j.dump();
}

TrainResult train(const nn::Encoder& encoder, const TrainOptions& options, const Dataset& data,
                  const Dataset& dev, ParameterBlock& values, const std::string& checkpoint,
                  const std::string& signature, const TrainHooks& hooks) {
  options.validate();
  if (data.pairs().empty()) throw Error("training data", "holds no pairs", "");
  return Run(encoder, options, data, dev, values, checkpoint, signature, hooks).run();
}

std::vector<float> score_pairs(const nn::Encoder& encoder, const ParameterBlock& values,
                               const Dataset& data, Metric metric, int threads,
                               const std::atomic<bool>* stop) {
  constexpr std::int64_t kWindow = 8192;  // texts encoded at a time
  const int workers = threads > 0 ? threads : available_cores();
  BatchEncoder batch_encoder(encoder, workers, workers);
  batch_encoder.pack(values, false);
  const std::int64_t size = encoder.config().sentence_size();
  AlignedBuffer<float> vectors(static_cast<std::size_t>(data.text_count() * size));
  for (std::int64_t begin = 0; begin < data.text_count(); begin += kWindow) {
    const std::int64_t end = std::min(begin + kWindow, data.text_count());
    std::vector<BatchEncoder::Tokens> lists;
    for (std::int64_t row = begin; row < end; ++row) lists.push_back(data.tokens(row));
    const ConstMatrixView part = batch_encoder.forward(values, lists, false, nullptr);
    std::copy_n(part.data, (end - begin) * size, vectors.data() + begin * size);
    if (stop && *stop) throw Interrupted();
  }
  std::vector<float> scores;
  scores.reserve(data.pairs().size());
  for (const Dataset::Pair& p : data.pairs())
    scores.push_back(score_from_distance(
        metric, distance(metric, vectors.data() + p.a * size, vectors.data() + p.b * size, size)));
  return scores;
}

}  // namespace gemel::train
