#include <chrono>
#include <gemel/error.hpp>
#include <nlohmann/json.hpp>

#include "apps/bundle_files.hpp"
#include "apps/input.hpp"
#include "apps/model_path.hpp"
#include "apps/output_places.hpp"
#include "apps/plot/pictures.hpp"
#include "apps/terminal.hpp"
#include "apps/verbs.hpp"
#include "core/aligned.hpp"
#include "core/check.hpp"
#include "infer/embedder.hpp"
#include "model/bundle_file.hpp"
#include "nn/encoder.hpp"
#include "train/dataset.hpp"
#include "train/evaluation/report.hpp"
#include "train/evaluation/tfidf.hpp"

namespace gemel::app {
namespace {

void declare(CommandLine& line) {
  line.group("Options").add_options()  //
      ("model,m", po::value<std::string>()->default_value(""),
       "bundle, or the name of a shipped one")  //
      ("train", po::value<std::string>(),
       "training file in the same format: tells how much of FILE it holds, and the figures on the "
       "rest")                                                                        //
      ("graded", po::bool_switch(), "labels are degrees: Pearson and Spearman only")  //
      ("metric", po::value<std::string>(),
       "compare by another metric than the model's; thresholds are then found on FILE")  //
      ("precision", po::value<double>()->default_value(0.95, "0.95"),
       "precision to find a threshold for")  //
      ("find", po::bool_switch(),
       "find threshold and calibration on FILE, whatever the model holds")  //
      ("write", po::bool_switch(),
       "find thresholds and calibration on FILE and write them into the model")  //
      ("json", po::bool_switch(), "print JSON")                                  //
      ("picture", po::value<std::string>(),
       "draw precision-recall and reliability into this SVG")  //
      ("threads", po::value<int>()->default_value(0), "0 for all cores");
  add_pair_options(line);
  line.epilogue(
      "The second row of every block is a bag-of-words baseline (TF-IDF cosine fitted on FILE's\n"
      "texts). Verdicts use the model's stored threshold; the baseline's is found on FILE itself.");
}

// --metric; the other options that can be told wrong without the model are checked beside it.
std::optional<Metric> read_metric(const CommandLine& line) {
  check_range("precision", line.get<double>("precision"), 0.0, 1.0);
  check_range("threads", line.get<int>("threads"), 0, 1024);
  const auto given = line.find<std::string>("metric");
  return given ? std::optional(metric_from_name(*given)) : std::nullopt;
}

std::vector<evaluation::Scored> score_by_model(const Embedder& embedder, const train::Dataset& data,
                                               Metric metric, int threads) {
  const auto size = static_cast<std::size_t>(embedder.dimension());
  std::vector<std::string_view> texts;
  for (std::int64_t row = 0; row < data.text_count(); ++row) texts.push_back(data.text(row));
  AlignedBuffer<float> vectors(texts.size() * size);  // [texts, D]
  embedder.embed(texts, {vectors.data(), texts.size() * size}, threads);
  const auto vector = [&](std::int32_t row) {
    return vectors.data() + static_cast<std::size_t>(row) * size;
  };
  std::vector<evaluation::Scored> scored;
  for (const auto& p : data.pairs())
    scored.push_back({score_from_distance(
                          metric, distance(metric, vector(p.a), vector(p.b), embedder.dimension())),
                      p.label});
  return scored;
}

std::vector<evaluation::Scored> score_by_words(const train::Dataset& data) {
  evaluation::Tfidf tfidf;
  for (std::int64_t row = 0; row < data.text_count(); ++row) tfidf.add(data.text(row));
  std::vector<evaluation::Scored> scored;
  for (const auto& p : data.pairs())
    scored.push_back({tfidf.score(data.text(p.a), data.text(p.b)), p.label});
  return scored;
}

evaluation::Overlap overlap_with(const CommandLine& line, const std::string& path, LabelKind kind,
                                 const train::Dataset& data) {
  evaluation::TrainingTexts training;
  for_each_pair(read_pair_options(line, path, kind),
                [&](const PairRow& row) { training.add_pair(row.text1, row.text2); });
  evaluation::OverlapCount count(training);
  for (const auto& p : data.pairs()) count.add_pair(data.text(p.a), data.text(p.b));
  return count.result();
}

// The stored weights again, with new thresholds and calibration, under the same name.
void rewrite_bundle(const std::string& path, const evaluation::Evaluation& found,
                    const std::string& source) {
  if (found.rows.empty() || found.rows[0].graded)
    throw Error(base_name(source), "has graded labels, which give no thresholds",
                "evaluate with --write on pairs labelled 0 and 1");
  Bundle bundle;
  StorageType storage = StorageType::f32;
  const auto values = [&] {
    const BundleFile file(path);
    bundle = file.bundle();
    if (!file.tensors().empty()) storage = file.tensors()[0].type;
    auto encoder = std::make_unique<nn::Encoder>(bundle.config, Precision::f32);
    auto block = std::make_unique<ParameterBlock>(encoder->layout());
    file.load_parameters(*block);
    return std::pair(std::move(encoder), std::move(block));
  }();
  store_evaluation(bundle, found, source);
  const std::string fingerprint = write_bundle(path, bundle, *values.second, storage);
  note(path + ": thresholds and calibration of " + base_name(source) + " written, fingerprint " +
       fingerprint);
}

}  // namespace

int run_evaluate(Arguments arguments) {
  CommandLine line("evaluate", "FILE",
                   "Measures a model on labelled pairs, beside a bag-of-words baseline.");
  declare(line);
  if (!line.parse(arguments)) return 0;
  const std::string& path = line.positional()[0];
  const LabelKind kind = line.get<bool>("graded") ? LabelKind::graded : LabelKind::binary;
  const bool writes = line.get<bool>("write");
  const PairOptions pairs = checked_usage([&] { return read_pair_options(line, path, kind); });
  const auto metric = checked_usage([&] { return read_metric(line); });
  const std::string model_path = find_model(line.get<std::string>("model"));
  check_no_replacement({line.find<std::string>("picture").value_or("")}, {path, model_path});
  const Embedder embedder(model_path);
  const Bundle& bundle = embedder.bundle();
  evaluation::EvaluationInput input;
  input.metric = metric.value_or(bundle.metric);
  if (writes && input.metric != bundle.metric)
    throw UsageError("--write goes with the model's own metric, " +
                     std::string(name(bundle.metric)));
  train::Dataset data;
  for_each_pair(pairs, [&](const PairRow& row) { data.add(row.text1, row.text2, row.label); });
  input.model = score_by_model(embedder, data, input.metric, line.get<int>("threads"));
  input.baseline = score_by_words(data);
  if (const auto train_path = line.find<std::string>("train"))
    input.overlap = overlap_with(line, *train_path, kind, data);
  input.precision = line.get<double>("precision");
  if (!line.get<bool>("find") && !writes && input.metric == bundle.metric) {
    if (bundle.thresholds.accuracy) input.threshold = bundle.thresholds.accuracy->score;
    if (bundle.calibration)
      input.calibration = evaluation::Calibration{static_cast<double>(bundle.calibration->w),
                                                  static_cast<double>(bundle.calibration->b)};
  }
  const evaluation::Evaluation report = evaluation::evaluate(input);
  write_standard_output(line.get<bool>("json") ? evaluation::to_json(report)
                                               : evaluation::to_text(report));
  if (const auto picture = line.find<std::string>("picture"))
    plot::draw_evaluation(*picture, base_name(model_path) + " on " + base_name(path), report);
  if (writes) rewrite_bundle(model_path, report, path);
  return 0;
}

}  // namespace gemel::app
