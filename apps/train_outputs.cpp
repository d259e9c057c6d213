#include "apps/train_outputs.hpp"

#include <array>
#include <filesystem>
#include <gemel/error.hpp>
#include <limits>
#include <nlohmann/json.hpp>

#include "apps/bundle_files.hpp"
#include "apps/plot/pictures.hpp"
#include "apps/terminal.hpp"
#include "apps/train_options.hpp"
#include "apps/train_progress.hpp"
#include "core/check.hpp"
#include "core/file.hpp"
#include "core/hash.hpp"
#include "dnn/context.hpp"
#include "model/bf16.hpp"
#include "nn/encoder.hpp"
#include "train/trainer.hpp"

namespace gemel::app {
namespace {

using Json = nlohmann::ordered_json;

// Written by us, so that a bundle carries nobody's data.
constexpr std::array kSelfTestTexts = {"How do I reset my password?", "怎么修改登录密码？", ""};

Json data_record(const std::string& path, const train::Dataset& data) {
  return {{"file", base_name(path)},
          {"pairs", data.pairs().size()},
          {"texts", data.text_count()},
          {"checksum", data.checksum()}};
}

std::string signature(const TrainJob& job, const Tokenizer& tokenizer) {
  return describe_run(job.config, job.options) + job.data.checksum() + job.dev.checksum() +
         to_hex(hash128(tokenizer.bytes()));
}

std::vector<evaluation::Scored> score_dev(const nn::Encoder& encoder, const TrainJob& job,
                                          const ParameterBlock& values) {
  const std::vector<float> scores = train::score_pairs(
      encoder, values, job.dev, job.options.loss.metric, job.options.threads, nullptr);
  std::vector<evaluation::Scored> pairs;
  for (std::size_t i = 0; i < scores.size(); ++i)
    pairs.push_back({scores[i], job.dev.pairs()[i].label});
  return pairs;
}

std::vector<SelfTest> self_tests(const nn::Encoder& encoder, const ParameterBlock& values,
                                 const Tokenizer& tokenizer) {
  dnn::Context context;
  nn::Encoder::Packed packed;
  encoder.pack(context, values, false, packed);
  std::vector<SelfTest> tests;
  for (const char* text : kSelfTestTexts) {
    std::vector<std::int32_t> ids;
    tokenizer.encode(text, ids);
    SelfTest test{text,
                  std::vector<float>(static_cast<std::size_t>(encoder.config().sentence_size()))};
    encoder.forward(context, values, packed, nn::TokenBatch::from({&ids}),
                    {test.embedding.data(), 1, encoder.config().sentence_size()}, nullptr, nullptr);
    tests.push_back(std::move(test));
  }
  return tests;
}

Bundle make_bundle(const TrainJob& job, const Tokenizer& tokenizer, const ParameterBlock& values,
                   const train::TrainResult& result) {
  Bundle bundle;
  bundle.config = job.config;
  bundle.metric = job.options.loss.metric;
  bundle.tokenizer_model = tokenizer.bytes();
  bundle.normalizer = name_of(tokenizer.normalization());
  bundle.max_tokens = job.options.max_tokens;
  bundle.notes = job.notes;
  Json record = {{"options", Json::parse(describe_run(job.config, job.options))},
                 {"train", data_record(job.train_path, job.data)},
                 {"tokenizer", to_hex(hash128(tokenizer.bytes()))},
                 {"epochs", result.epochs},
                 {"best_epoch", result.best_epoch}};
  // Judged as users will run it: the stored (rounded) weights, in f32.
  const nn::Encoder encoder(job.config, Precision::f32);
  if (!job.dev_path.empty()) {
    record["dev"] = data_record(job.dev_path, job.dev);
    record[job.options.dev_metric] = result.best_metric;
    store_evaluation(
        bundle,
        find_thresholds(bundle.metric, score_dev(encoder, job, values), job.precision_target),
        job.dev_path);
  } else if (job.options.loss.kind == loss::PairLossKind::bce) {
    bundle.calibration =
        Calibration{result.pair_parameters.w, result.pair_parameters.b, 0, "the training loss"};
  }
  bundle.training = record.dump();
  bundle.self_tests = self_tests(encoder, values, tokenizer);
  return bundle;
}

void round_to_storage(ParameterBlock& values, StorageType type) {
  if (type == StorageType::f32) return;
  for (float& value : values.all()) value = f32_from_bf16(bf16_from_f32(value));
}

void write_log(const std::string& path, const std::vector<std::string>& lines) {
  AtomicFile file(path);
  for (const std::string& line : lines) file.write(line + "\n");
  file.commit();
}

// The picture is a by-product: a machine without gnuplot still gets its model.
void draw_curves(const OutputPlaces& places, const std::string& metric,
                 const std::vector<std::string>& log) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  std::vector<plot::EpochPoint> points;
  for (const std::string& line : log) {
    const Json j = Json::parse(line);
    const double value = j["dev"].contains(metric) ? j["dev"][metric].get<double>() : kNone;
    points.push_back({j["epoch"].get<double>(), j["loss"].get<double>(), kNone, value});
  }
  try {
    plot::draw_training(places.curves, base_name(places.model), points, "dev " + metric);
  } catch (const Error& e) {
    warn(e.what());
  }
}

}  // namespace

OutputPlaces read_output_places(const CommandLine& line) {
  constexpr std::array<std::string_view, 2> kStorage = {"f32", "bf16"};
  OutputPlaces places;
  places.model = line.get<std::string>("output");
  places.checkpoint = line.find<std::string>("checkpoint").value_or(places.model + ".checkpoint");
  places.log = line.find<std::string>("log").value_or(places.model + ".log.jsonl");
  if (!line.get<bool>("no-curves"))
    places.curves = line.find<std::string>("curves").value_or(places.model + ".svg");
  places.storage = index_of_name("storage", line.get<std::string>("storage"), kStorage) == 0
                       ? StorageType::f32
                       : StorageType::bf16;
  return places;
}

void run_job(const TrainJob& job, const Tokenizer& tokenizer, bool restart) {
  const OutputPlaces& places = job.places;
  if (restart)
    std::filesystem::remove(places.checkpoint);
  else if (std::filesystem::exists(places.checkpoint))
    note("going on from " + places.checkpoint + " (--restart begins anew)");
  const nn::Encoder encoder(job.config, job.options.precision);
  ParameterBlock values(encoder.layout());
  Random random(job.options.seed);
  encoder.initialise(values, random);
  note("training " + std::to_string(encoder.layout().count()) + " parameters in " +
       std::string(name(job.options.precision)) + ", best by " + job.options.dev_metric);

  TrainProgress progress(job.options.dev_metric);
  std::vector<std::string> log;
  const CooperativeStop stop;
  train::TrainHooks hooks;
  hooks.judge = judge_scores;
  hooks.stop = &stop.flag();
  hooks.on_step = [&](const train::StepReport& r) { progress.step(r); };
  hooks.on_epoch = [&](const train::EpochReport& r) {
    progress.epoch(r);
    log.push_back(r.json());
    write_log(places.log, log);
  };
  hooks.sample = [&](std::string_view text, std::uint64_t seed, std::vector<std::int32_t>& ids) {
    tokenizer.encode_sampled(text, double{job.options.sample_segmentation}, seed, ids,
                             static_cast<std::size_t>(job.options.max_tokens));
  };
  const train::TrainResult result = [&] {
    try {
      return train::train(encoder, job.options, job.data, job.dev, values, places.checkpoint,
                          signature(job, tokenizer), hooks);
    } catch (const Interrupted&) {
      throw Error("train", "interrupted", "repeat the command to go on from " + places.checkpoint);
    }
  }();
  round_to_storage(values, places.storage);
  const Bundle bundle = make_bundle(job, tokenizer, values, result);
  const std::string fingerprint = write_bundle(places.model, bundle, values, places.storage);
  std::filesystem::remove(places.checkpoint);
  if (!places.curves.empty()) draw_curves(places, job.options.dev_metric, result.log);
  note(places.model + ": written after " + clock_text(result.seconds) + ", fingerprint " +
       fingerprint);
}

}  // namespace gemel::app
