#include "apps/train_bundle.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/bundle_files.hpp"
#include "apps/head_calibration.hpp"
#include "apps/self_tests.hpp"
#include "core/hash.hpp"

namespace gemel::app {
namespace {

using Json = nlohmann::ordered_json;

Json data_record(const std::string& path, const train::Dataset& data) {
  return {{"file", base_name(path)},
          {"pairs", data.pairs().size()},
          {"texts", data.text_count()},
          {"checksum", data.checksum()}};
}

std::vector<evaluation::Scored> scored(const std::vector<float>& scores,
                                       const train::Dataset& data) {
  std::vector<evaluation::Scored> pairs;
  for (std::size_t i = 0; i < scores.size(); ++i)
    pairs.push_back({scores[i], data.pairs()[i].label});
  return pairs;
}

// The head's scores are logits here, its threshold a probability.
void add_head_verdict(Bundle& bundle, const train::PairScores& scores, const train::DevSet& dev,
                      const std::string& source) {
  bundle.head_verdict =
      find_head_verdict(scored(scores.head, dev.data), scored(scores.distance, dev.data), source);
  if (bundle.head_verdict)
    bundle.head_verdict->threshold =
        static_cast<float>(1 / (1 + std::exp(-double{bundle.head_verdict->threshold})));
}

void add_verdicts(Bundle& bundle, const TrainJob& job, const nn::Towers& model,
                  const ParameterBlock& values) {
  const train::DevSet& dev = job.data.dev.front();
  const std::string& source = job.files.dev.front().path;
  const train::PairScores scores =
      train::score_pairs(model, values, dev.data, bundle.metric, job.options.threads, nullptr);
  store_evaluation(
      bundle,
      find_thresholds(bundle.metric, scored(scores.distance, dev.data), job.precision_target),
      source);
  if (!scores.head.empty() && !job.files.dev.front().graded)
    add_head_verdict(bundle, scores, dev, source);
}

Json training_record(const TrainJob& job, const Tokenizer& tokenizer,
                     const train::TrainResult& result, const std::string& started_from) {
  Json record = {{"config", Json::parse(job.config)},
                 {"train", data_record(job.files.train, job.data.data)},
                 {"tokenizer", to_hex(hash128(tokenizer.bytes()))},
                 {"epochs", result.epochs},
                 {"best_epoch", result.best_epoch}};
  if (job.data.teacher)
    record["teacher"] = {{"file", base_name(job.files.teacher)},
                         {"checksum", job.data.teacher.checksum}};
  for (const std::string& path : job.files.graded_pairs)
    record["graded_pairs"].push_back(base_name(path));
  for (const std::string& path : job.files.soft_pairs)
    record["soft_pairs"].push_back(base_name(path));
  if (!started_from.empty()) record["started_from"] = started_from;
  for (std::size_t i = 0; i < job.data.dev.size(); ++i)
    record["dev"].push_back(data_record(job.files.dev[i].path, job.data.dev[i].data));
  if (result.best_epoch > 0) {
    record[job.options.dev_metric] = result.best_metric;
    record["metrics"] =
        Json::parse(result.log[static_cast<std::size_t>(result.best_epoch) - 1]).at("dev");
  }
  return record;
}

}  // namespace

void calibrate_head(const TrainJob& job, const nn::Towers& model, ParameterBlock& values) {
  if (!model.head() || job.data.dev.empty() || job.files.dev.front().graded) return;
  const train::DevSet& dev = job.data.dev.front();
  const train::PairScores scores = train::score_pairs(
      model, values, dev.data, job.options.loss.metric, job.options.threads, nullptr);
  const HeadScale by = fit_head_scale(scored(scores.head, dev.data));
  model.head()->rescale(values, by.scale, by.shift);
}

Bundle make_bundle(const TrainJob& job, const Tokenizer& tokenizer, const nn::Towers& model,
                   const ParameterBlock& values, const train::TrainResult& result,
                   const std::string& started_from) {
  Bundle bundle;
  bundle.model = job.model;
  bundle.metric = job.options.loss.metric;
  bundle.tokenizer_model = tokenizer.bytes();
  bundle.normalizer = name_of(tokenizer.normalization());
  bundle.max_tokens = job.options.max_tokens;
  bundle.notes = job.notes;
  bundle.training = training_record(job, tokenizer, result, started_from).dump();
  if (!job.data.dev.empty())
    add_verdicts(bundle, job, model, values);
  else if (job.options.loss.has(train::LossTerm::bce))
    bundle.calibration =
        Calibration{result.pair_parameters.w, result.pair_parameters.b, 0, "the training loss"};
  bundle.self_tests = make_self_tests(model, values, tokenizer);
  return bundle;
}

}  // namespace gemel::app
