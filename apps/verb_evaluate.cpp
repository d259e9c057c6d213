#include <gemel/error.hpp>
#include <optional>

#include "apps/bundle_files.hpp"
#include "apps/bundle_rewrite.hpp"
#include "apps/compute_option.hpp"
#include "apps/evaluate_scores.hpp"
#include "apps/evaluate_sets.hpp"
#include "apps/input.hpp"
#include "apps/model_path.hpp"
#include "apps/output_places.hpp"
#include "apps/pair_verdict.hpp"
#include "apps/plot/pictures.hpp"
#include "apps/precision_checks.hpp"
#include "apps/terminal.hpp"
#include "apps/verbs.hpp"
#include "core/check.hpp"
#include "infer/embedder.hpp"
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
      ("precision-target", po::value<double>()->default_value(0.95, "0.95"),
       "precision to find a threshold for")  //
      ("precision", po::value<std::string>(),
       "measure what computing in these costs, f32,bf16,int8, instead; --write tells the model, "
       "which then computes in the fastest that costs at most 0.001 of average precision")  //
      ("find", po::bool_switch(),
       "find threshold and calibration on FILE, whatever the model holds")  //
      ("write", po::bool_switch(),
       "find thresholds and calibration on FILE and write them into the model")  //
      ("json", po::bool_switch(), "print JSON")                                  //
      ("picture", po::value<std::string>(),
       "draw precision-recall and reliability into this SVG")  //
      ("threads", po::value<int>()->default_value(0), "0 for all cores");
  add_compute_option(line);
  add_row_options(line);
  add_pair_options(line);
  line.epilogue(
      "The second row of every block is a bag-of-words baseline (TF-IDF cosine fitted on FILE's\n"
      "texts). Verdicts use the model's stored threshold; the baseline's is found on FILE itself.\n"
      "A model's pair head gets a row of its own. A model with several towers reads first texts "
      "by\n"
      "its link's first tower, second ones by the second; tuples make a table with a row a link.\n"
      "Several files:\n\n"
      "  gemel evaluate -m model.safetensors --train train.tsv quora=test.tsv mrpc=mrpc.tsv");
}

// --metric; the other options that can be told wrong without the model are checked beside it.
std::optional<Metric> read_metric(const CommandLine& line) {
  check_range("precision-target", line.get<double>("precision-target"), 0.0, 1.0);
  check_range("threads", line.get<int>("threads"), 0, 1024);
  const auto given = line.find<std::string>("metric");
  return given ? std::optional(metric_from_name(*given)) : std::nullopt;
}

struct Measured {
  evaluation::EvaluationInput input;
  HeadScale head_scale;  // of input.head, where all is found on the file
  evaluation::Evaluation evaluation;
};

void write_verdicts(const std::string& path, const Measured& found, const std::string& source) {
  if (found.evaluation.rows.empty() || found.evaluation.rows[0].graded)
    throw Error(base_name(source), "has graded labels, which give no thresholds",
                "evaluate with --write on pairs labelled 0 and 1");
  const auto change = [&](Bundle& bundle) {
    store_evaluation(bundle, found.evaluation, source);
    if (const auto verdict = find_head_verdict(found.input.head, found.input.model, source))
      bundle.head_verdict = verdict;
  };
  const std::string fingerprint = rewrite_bundle(path, change, found.head_scale);
  note(path + ": thresholds and calibration of " + base_name(source) + " written, fingerprint " +
       fingerprint);
}

// What is asked for, checked before the model is read.
struct Job {
  std::vector<LabelledSet> sets;
  std::optional<Metric> metric;  // absent: the model's
  std::string model_path;
  std::vector<Precision> precisions;  // to be measured; empty: the figures are asked for
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
  if (const auto list = line.find<std::string>("precision"))
    job.precisions = precisions_from_list(*list);
  if (job.sets.size() > 1)
    for (const char* option : {"write", "picture", "precision"})
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
      : line_(line), job_(job), embedder_(embedder), plan_(plan_rows(line, embedder)) {
    metric_ = job.metric.value_or(embedder.bundle().metric);
    if (job.writes && metric_ != embedder.bundle().metric)
      throw UsageError("--write goes with the model's own metric, " +
                       std::string(name(embedder.bundle().metric)));
    if (links() > 1)
      for (const char* option : {"write", "picture", "precision"})
        if (option == std::string("write") ? job.writes : line.has(option))
          throw UsageError("--" + std::string(option) + " goes with one link; choose it by --link");
  }

  void run() {
    if (!job_.precisions.empty())
      precisions();
    else if (job_.sets.size() > 1 || links() > 1)
      several();
    else
      one();
  }

 private:
  void one() {
    const LabelledSet& set = job_.sets[0];
    const Measured found = measure(set, set.graded ? LabelKind::graded : LabelKind::binary)[0];
    const evaluation::Evaluation& report = found.evaluation;
    print(line_.get<bool>("json") ? evaluation::to_json(report) : evaluation::to_text(report));
    if (const auto picture = line_.find<std::string>("picture"))
      plot::draw_evaluation(*picture, base_name(job_.model_path) + " on " + base_name(set.path),
                            report);
    if (job_.writes) write_verdicts(job_.model_path, found, set.path);
  }

  void precisions() {
    const std::string& path = job_.sets[0].path;
    const PrecisionTable table = measure_precisions(
        job_.model_path, job_.precisions, read_labelled_rows(line_, path, plan_, LabelKind::binary),
        plan_, metric_, line_.get<int>("threads"), path);
    print(line_.get<bool>("json") ? to_json(table) : to_text(table));
    if (!job_.writes) return;
    const std::string fingerprint = rewrite_bundle(
        job_.model_path, [&](Bundle& bundle) { bundle.precisions = checks_of(table); });
    note(job_.model_path + ": what precisions cost on " + base_name(path) +
         " written, fingerprint " + fingerprint);
  }

  // Labels tell which sets are graded, hence all are read as if they were.
  void several() {
    std::vector<SetReport> reports;
    for (const LabelledSet& set : job_.sets) {
      const std::vector<Measured> found = measure(set, LabelKind::graded);
      for (std::size_t l = 0; l < found.size(); ++l) {
        reports.push_back({set, found[l].evaluation});
        if (links() > 1)
          reports.back().set.name += " " + link_name(embedder_, plan_.model.links[l]);
      }
    }
    print(line_.get<bool>("json") ? sets_to_json(reports) : sets_to_text(reports));
  }

  std::size_t links() const { return plan_.model.links.size(); }
  static void print(const std::string& text) { write_standard_output(text); }

  // One a link.
  std::vector<Measured> measure(const LabelledSet& set, LabelKind kind) {
    const train::Dataset data = read_labelled_rows(line_, set.path, plan_, kind);
    if (const auto paths = line_.find<Names>("train"); paths && !training_)
      training_ = read_training_texts(line_, *paths, plan_, kind);
    std::vector<Measured> found(links());
    for (std::size_t l = 0; l < links(); ++l) {
      evaluation::EvaluationInput& input = found[l].input;
      input = score_pairs_of(embedder_, data, plan_, l, metric_, line_.get<int>("threads"),
                             training_ ? &*training_ : nullptr);
      input.precision = line_.get<double>("precision-target");
      input.graded = set.graded && job_.sets.size() * links() > 1;
      if (line_.get<bool>("find") || job_.writes) {
        found[l].head_scale = fit_head_scale_to_probabilities(input.head);
        for (evaluation::Scored& pair : input.head)
          pair.score = rescaled(found[l].head_scale, pair.score);
      } else {
        use_stored_verdict(input, embedder_.bundle(), metric_);
      }
      found[l].evaluation = evaluation::evaluate(input);
    }
    return found;
  }

  const CommandLine& line_;
  const Job& job_;
  const Embedder& embedder_;
  const RowPlan plan_;
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
  EmbedderOptions options;
  options.precision = read_compute(line);
  const Embedder embedder(job.model_path, options);
  Evaluator(line, job, embedder).run();
  return 0;
}

}  // namespace gemel::app
