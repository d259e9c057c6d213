#include "apps/evaluate_job.hpp"

#include "apps/compute_option.hpp"
#include "apps/evaluate_scores.hpp"
#include "apps/input.hpp"
#include "apps/model_path.hpp"
#include "apps/output_places.hpp"
#include "apps/precision_checks.hpp"
#include "core/check.hpp"

namespace gemel::app {
namespace {

using Names = std::vector<std::string>;

// --metric; the other options that can be told wrong without the model are checked beside it.
std::optional<Metric> read_metric(const CommandLine& line) {
  check_range("precision-target", line.get<double>("precision-target"), 0.0, 1.0);
  check_range("threads", line.get<int>("threads"), 0, 1024);
  const auto given = line.find<std::string>("metric");
  return given ? std::optional(metric_from_name(*given)) : std::nullopt;
}

}  // namespace

void add_evaluate_options(CommandLine& line) {
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
      ("scores", po::value<std::string>(),
       "write each pair's label, score, probability and texts to this table, .tsv, .csv or "
       ".jsonl")  //
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

void check_several(const CommandLine& line, const std::string& goes_with) {
  for (const char* option : {"write", "picture", "precision", "scores"})
    if (option == std::string("write") ? line.get<bool>(option) : line.has(option))
      throw UsageError("--" + std::string(option) + " goes with " + goes_with);
}

EvaluationJob read_evaluation_job(const CommandLine& line) {
  EvaluationJob job;
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
  if (job.sets.size() > 1) check_several(line, "one FILE");
  job.model_path = find_model(line.get<std::string>("model"));
  paths.push_back(job.model_path);
  const std::string scores = line.find<std::string>("scores").value_or("");
  if (scores == "-") throw UsageError("--scores needs a file; the report goes to standard output");
  if (!scores.empty() && !job.precisions.empty())
    throw UsageError("--scores goes without --precision");
  for (const std::string& path : line.find<Names>("train").value_or(Names())) paths.push_back(path);
  check_no_replacement({line.find<std::string>("picture").value_or(""), scores}, paths);
  check_writable({scores});
  return job;
}

}  // namespace gemel::app
