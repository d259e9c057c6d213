#include <gemel/error.hpp>
#include <optional>

#include "apps/bundle_files.hpp"
#include "apps/evaluate_scores.hpp"
#include "apps/evaluate_sets.hpp"
#include "apps/input.hpp"
#include "apps/model_path.hpp"
#include "apps/output_places.hpp"
#include "apps/plot/pictures.hpp"
#include "apps/terminal.hpp"
#include "apps/verbs.hpp"
#include "core/check.hpp"
#include "infer/embedder.hpp"
#include "model/bundle_file.hpp"
#include "nn/encoder.hpp"
#include "train/evaluation/report.hpp"

namespace gemel::app {
namespace {

using Names = std::vector<std::string>;

void declare(CommandLine& line) {
  line.group("Options").add_options()  //
      ("model,m", po::value<std::string>()->default_value(""),
       "bundle, or the name of a shipped one")  //
      ("train", po::value<Names>(),
       "training file in the same format, may be repeated: tells how much of FILE it holds, and "
       "the "
       "figures on the rest")  //
      ("graded", po::bool_switch(),
       "labels are degrees: Pearson and Spearman only; of several files those that have labels "
       "other than 0 and 1 are taken for graded without it")  //
      ("graded-set", po::value<Names>(),
       "name of one of the files that is graded whatever its labels, may be repeated")  //
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
      "texts). Verdicts use the model's stored threshold; the baseline's is found on FILE itself.\n"
      "Several files:\n\n"
      "  gemel evaluate -m model.safetensors --train train.tsv quora=test.tsv mrpc=mrpc.tsv");
}

// --metric; the other options that can be told wrong without the model are checked beside it.
std::optional<Metric> read_metric(const CommandLine& line) {
  check_range("precision", line.get<double>("precision"), 0.0, 1.0);
  check_range("threads", line.get<int>("threads"), 0, 1024);
  const auto given = line.find<std::string>("metric");
  return given ? std::optional(metric_from_name(*given)) : std::nullopt;
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
    auto encoder = std::make_unique<nn::Encoder>(bundle.config(), Precision::f32);
    auto block = std::make_unique<ParameterBlock>(encoder->layout());
    file.load_parameters(*block);
    return std::pair(std::move(encoder), std::move(block));
  }();
  store_evaluation(bundle, found, source);
  const std::string fingerprint = write_bundle(path, bundle, *values.second, storage);
  note(path + ": thresholds and calibration of " + base_name(source) + " written, fingerprint " +
       fingerprint);
}

// What is asked for, checked before the model is read.
struct Job {
  std::vector<LabelledSet> sets;
  std::optional<Metric> metric;  // absent: the model's
  std::string model_path;
  bool writes = false;
};

Job read_job(const CommandLine& line) {
  Job job;
  const Names graded = line.find<Names>("graded-set").value_or(Names());
  job.sets = sets_from_arguments(line.positional(), graded);
  job.writes = line.get<bool>("write");
  Names paths;
  for (LabelledSet& set : job.sets) {
    set.graded = set.graded || line.get<bool>("graded");
    checked_usage([&] { return read_pair_options(line, set.path, LabelKind::graded); });
    paths.push_back(set.path);
  }
  job.metric = checked_usage([&] { return read_metric(line); });
  if (job.sets.size() > 1)
    for (const char* option : {"write", "picture"})
      if (option == std::string("write") ? job.writes : line.has(option))
        throw UsageError("--" + std::string(option) + " goes with one FILE");
  job.model_path = find_model(line.get<std::string>("model"));
  paths.push_back(job.model_path);
  check_no_replacement({line.find<std::string>("picture").value_or("")}, paths);
  return job;
}

class Evaluator {
 public:
  Evaluator(const CommandLine& line, const Job& job, const Embedder& embedder)
      : line_(line), job_(job), embedder_(embedder) {
    metric_ = job.metric.value_or(embedder.bundle().metric);
    if (job.writes && metric_ != embedder.bundle().metric)
      throw UsageError("--write goes with the model's own metric, " +
                       std::string(name(embedder.bundle().metric)));
  }

  void one() {
    const LabelledSet& set = job_.sets[0];
    const evaluation::Evaluation report = evaluate(set, kind_of(set));
    print(line_.get<bool>("json") ? evaluation::to_json(report) : evaluation::to_text(report));
    if (const auto picture = line_.find<std::string>("picture"))
      plot::draw_evaluation(*picture, base_name(job_.model_path) + " on " + base_name(set.path),
                            report);
    if (job_.writes) rewrite_bundle(job_.model_path, report, set.path);
  }

  // Labels tell which sets are graded, hence all are read as if they were.
  void several() {
    std::vector<SetReport> reports;
    for (const LabelledSet& set : job_.sets)
      reports.push_back({set, evaluate(set, LabelKind::graded)});
    print(line_.get<bool>("json") ? sets_to_json(reports) : sets_to_text(reports));
  }

 private:
  static LabelKind kind_of(const LabelledSet& set) {
    return set.graded ? LabelKind::graded : LabelKind::binary;
  }
  static void print(const std::string& text) { write_standard_output(text); }

  evaluation::Evaluation evaluate(const LabelledSet& set, LabelKind kind) {
    const train::Dataset data = read_labelled_pairs(read_pair_options(line_, set.path, kind));
    if (const auto paths = line_.find<Names>("train"); paths && !training_)
      training_ = read_training_texts(line_, *paths, kind);
    evaluation::EvaluationInput input = score_pairs_of(
        embedder_, data, metric_, line_.get<int>("threads"), training_ ? &*training_ : nullptr);
    input.precision = line_.get<double>("precision");
    input.graded = set.graded && job_.sets.size() > 1;
    if (!line_.get<bool>("find") && !job_.writes && metric_ == embedder_.bundle().metric)
      use_stored_verdict(input, embedder_.bundle());
    return evaluation::evaluate(input);
  }

  const CommandLine& line_;
  const Job& job_;
  const Embedder& embedder_;
  Metric metric_;
  std::optional<evaluation::TrainingTexts> training_;  // read once
};

}  // namespace

int run_evaluate(Arguments arguments) {
  CommandLine line(
      "evaluate", "FILE…",
      "Measures a model on labelled pairs, beside a bag-of-words baseline; of several\n"
      "files, each given as FILE or NAME=FILE, makes one table of the model.");
  declare(line);
  line.allow_config();
  if (!line.parse(arguments)) return 0;
  const Job job = read_job(line);
  const Embedder embedder(job.model_path);
  Evaluator evaluator(line, job, embedder);
  if (job.sets.size() > 1)
    evaluator.several();
  else
    evaluator.one();
  return 0;
}

}  // namespace gemel::app
