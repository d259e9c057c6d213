#include "apps/train_outputs.hpp"

#include <algorithm>
#include <filesystem>
#include <gemel/error.hpp>
#include <limits>
#include <nlohmann/json.hpp>

#include "apps/bundle_files.hpp"
#include "apps/plot/pictures.hpp"
#include "apps/precision_checks.hpp"
#include "apps/terminal.hpp"
#include "apps/train_bundle.hpp"
#include "apps/train_progress.hpp"
#include "apps/train_start.hpp"
#include "core/file.hpp"
#include "core/hash.hpp"
#include "nn/towers.hpp"
#include "train/objective.hpp"
#include "train/trainer.hpp"

namespace gemel::app {
namespace {

using Json = nlohmann::ordered_json;

std::string signature(const TrainJob& job, const Tokenizer& tokenizer,
                      const std::string& started_from) {
  std::string text = job.record + job.data.data.checksum() + job.data.teacher.checksum +
                     started_from + to_hex(hash128(tokenizer.bytes()));
  for (const train::DevSet& set : job.data.dev) text += set.name + set.data.checksum();
  return text;
}

// Only what the bundle holds: a trainer's own parameters stay behind.
ParameterBlock bundle_values(const nn::Towers& model, const ParameterBlock& trained) {
  ParameterBlock values(model.layout());
  for (std::size_t i = 0; i < model.layout().all().size(); ++i) {
    const int from = trained.layout().find(model.layout().all()[i].name);
    std::ranges::copy(trained.values(from), values.values(static_cast<int>(i)).begin());
  }
  return values;
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

// The fingerprint is of all that the values were taken from.
BundleStart initialise(const TrainJob& job, const nn::Towers& towers, const Tokenizer& tokenizer,
                       ParameterBlock& values) {
  Random random(job.options.seed);
  towers.initialise(values, random);
  train::Objective(towers, job.options, job.data.data, job.data.teacher).initialise(values, random);
  std::string from;
  if (!job.token_vectors.empty())
    from = start_from_token_vectors(job.token_vectors, towers, tokenizer, values);
  if (job.init.empty()) return {from, {}};
  BundleStart start = start_from_bundle(job.init, towers, tokenizer, values);
  start.fingerprint.insert(0, from);
  return start;
}

train::TrainResult train_towers(const TrainJob& job, const Tokenizer& tokenizer,
                                const nn::Towers& towers, ParameterBlock& values,
                                const BundleStart& start) {
  const OutputPlaces& places = job.places;
  TrainProgress progress(job.options.dev_metric);
  std::vector<std::string> log;
  const CooperativeStop stop;
  const auto max_tokens = static_cast<std::size_t>(job.options.max_tokens);
  train::TrainHooks hooks;
  hooks.judge = judge_scores;
  hooks.stop = &stop.flag();
  hooks.note = note;
  hooks.on_step = [&](const train::StepReport& r) { progress.step(r); };
  hooks.on_epoch = [&](const train::EpochReport& r) {
    progress.epoch(r);
    log.push_back(r.json());
    write_log(places.log, log);
  };
  hooks.coder.tokenise = [&](std::string_view text, std::vector<std::int32_t>& ids) {
    tokenizer.encode(text, ids, max_tokens);
  };
  hooks.coder.sample = [&](std::string_view text, std::uint64_t seed,
                           std::vector<std::int32_t>& ids) {
    tokenizer.encode_sampled(text, double{job.options.augmentation.sample_segmentation}, seed, ids,
                             max_tokens);
  };
  try {
    return train::train(towers, job.options,
                        {job.data.data, job.data.dev, job.data.teacher, start.zeros}, values,
                        {places.checkpoint, signature(job, tokenizer, start.fingerprint)}, hooks);
  } catch (const Interrupted&) {
    throw Error("train", "interrupted", "repeat the command to go on from " + places.checkpoint);
  }
}

}  // namespace

OutputPlaces read_output_places(const CommandLine& line) {
  OutputPlaces places;
  places.model = line.get<std::string>("output");
  places.checkpoint = line.find<std::string>("checkpoint").value_or(places.model + ".checkpoint");
  places.log = line.find<std::string>("log").value_or(places.model + ".log.jsonl");
  if (!line.get<bool>("no-curves"))
    places.curves = line.find<std::string>("curves").value_or(places.model + ".svg");
  places.storage = storage_from_name(line.get<std::string>("storage"));
  return places;
}

namespace {

// What faster computing costs, so that the model is run by the fastest that is good enough; its
// scores differ a little from f32's, so that thresholds are found on them once more.
void check_precisions(const TrainJob& job, Bundle& bundle) {
  const std::string& source = job.files.dev.front().path;
  const PrecisionTable table = measure_precisions(
      job.places.model, {Precision::bf16, Precision::int8}, job.data.dev.front().data,
      {RowKind::pairs, job.model}, job.options.loss.metric, job.options.threads, source);
  bundle.precisions = checks_of(table);
  const Precision fastest = fastest_exact(bundle.precisions);
  if (fastest == Precision::f32 || job.model.links.size() > 1) return;
  const auto row =
      std::ranges::find(table.rows, fastest, [](const auto& r) { return r.check.precision; });
  bundle.head_verdict = find_head_verdict(row->input.head, row->input.model, source);
  store_evaluation(bundle, find_thresholds(bundle.metric, row->input.model, job.precision_target),
                   source);
}

}  // namespace

void run_job(const TrainJob& job, const Tokenizer& tokenizer, bool restart) {
  const OutputPlaces& places = job.places;
  if (restart)
    std::filesystem::remove(places.checkpoint);
  else if (std::filesystem::exists(places.checkpoint))
    note("going on from " + places.checkpoint + " (--restart begins anew)");
  nn::Towers towers(job.model, job.options.precision);
  train::Objective::register_parameters(job.options.loss, job.data.teacher, job.model,
                                        towers.layout());
  ParameterBlock values(towers.layout());
  const BundleStart start = initialise(job, towers, tokenizer, values);
  note("training " + std::to_string(towers.layout().count()) + " parameters in " +
       std::string(name(job.options.precision)) +
       (job.data.dev.empty() ? "" : ", best by " + job.options.dev_metric));
  const train::TrainResult result = train_towers(job, tokenizer, towers, values, start);

  // Judged as users will run it: the stored (rounded) weights, in f32.
  const nn::Towers model(job.model, Precision::f32);
  ParameterBlock stored = bundle_values(model, values);
  calibrate_head(job, model, stored);
  round_to_storage(stored, places.storage);
  Bundle bundle = make_bundle(job, tokenizer, model, stored, result, start.fingerprint);
  std::string fingerprint = write_bundle(places.model, bundle, stored, places.storage);
  if (bundle.thresholds.accuracy) {
    check_precisions(job, bundle);
    fingerprint = write_bundle(places.model, bundle, stored, places.storage);
  }
  std::filesystem::remove(places.checkpoint);
  if (!places.curves.empty()) draw_curves(places, job.options.dev_metric, result.log);
  note(places.model + ": written after " + clock_text(result.seconds) + ", fingerprint " +
       fingerprint);
}

}  // namespace gemel::app
