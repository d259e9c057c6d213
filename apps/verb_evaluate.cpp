#include <gemel/error.hpp>
#include <optional>

#include "apps/bundle_files.hpp"
#include "apps/bundle_rewrite.hpp"
#include "apps/compute_option.hpp"
#include "apps/evaluate_job.hpp"
#include "apps/evaluate_pairs.hpp"
#include "apps/evaluate_scores.hpp"
#include "apps/evaluate_sets.hpp"
#include "apps/pair_verdict.hpp"
#include "apps/plot/pictures.hpp"
#include "apps/precision_checks.hpp"
#include "apps/terminal.hpp"
#include "apps/verbs.hpp"
#include "infer/embedder.hpp"
#include "train/evaluation/report.hpp"

namespace gemel::app {
namespace {

using Names = std::vector<std::string>;

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

class Evaluator {
 public:
  Evaluator(const CommandLine& line, const EvaluationJob& job, const Embedder& embedder)
      : line_(line), job_(job), embedder_(embedder), plan_(plan_rows(line, embedder)) {
    metric_ = job.metric.value_or(embedder.bundle().metric);
    if (job.writes && metric_ != embedder.bundle().metric)
      throw UsageError("--write goes with the model's own metric, " +
                       std::string(name(embedder.bundle().metric)));
    if (links() > 1) check_several(line, "one link; choose it by --link");
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
    const LabelKind kind = set.graded ? LabelKind::graded : LabelKind::binary;
    const train::Dataset data = read_labelled_rows(line_, set.path, plan_, kind);
    const Measured found = measure(set, data, kind)[0];
    const evaluation::Evaluation& report = found.evaluation;
    print(line_.get<bool>("json") ? evaluation::to_json(report) : evaluation::to_text(report));
    if (const auto picture = line_.find<std::string>("picture"))
      plot::draw_evaluation(*picture, base_name(job_.model_path) + " on " + base_name(set.path),
                            report);
    if (const auto scores = line_.find<std::string>("scores"))
      write_pair_scores(*scores, data, found.input,
                        report.calibration ? report.calibration : found.input.calibration);
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
      const std::vector<Measured> found = measure(
          set, read_labelled_rows(line_, set.path, plan_, LabelKind::graded), LabelKind::graded);
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
  std::vector<Measured> measure(const LabelledSet& set, const train::Dataset& data,
                                LabelKind kind) {
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
  const EvaluationJob& job_;
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
  add_evaluate_options(line);
  line.allow_config();
  if (!line.parse(arguments)) return 0;
  const EvaluationJob job = read_evaluation_job(line);
  EmbedderOptions options;
  options.precision = read_compute(line);
  const Embedder embedder(job.model_path, options);
  Evaluator(line, job, embedder).run();
  return 0;
}

}  // namespace gemel::app
