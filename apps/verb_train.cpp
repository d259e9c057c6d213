#include <filesystem>
#include <gemel/error.hpp>

#include "apps/bundle_files.hpp"
#include "apps/input.hpp"
#include "apps/model_path.hpp"
#include "apps/output_places.hpp"
#include "apps/terminal.hpp"
#include "apps/tokenizer_options.hpp"
#include "apps/train_options.hpp"
#include "apps/train_outputs.hpp"
#include "apps/train_progress.hpp"
#include "apps/verbs.hpp"
#include "core/check.hpp"
#include "core/file.hpp"
#include "core/hash.hpp"
#include "core/parallel.hpp"
#include "tokenizer/tokenizer.hpp"

namespace gemel::app {
namespace {

void declare(CommandLine& line) {
  line.group("Files").add_options()                                                         //
      ("output,o", po::value<std::string>()->required(), "the model bundle, .safetensors")  //
      ("dev", po::value<std::string>(),
       "labelled pairs that choose the best epoch, thresholds and calibration")  //
      ("tokenizer", po::value<std::string>(),
       "made by 'gemel tokenizer'; without it one is trained on the training texts")  //
      ("storage", po::value<std::string>()->default_value("bf16"),
       "type of the stored weights: bf16 (half the size) or f32")                             //
      ("checkpoint", po::value<std::string>(), "default: OUTPUT.checkpoint")                  //
      ("restart", po::bool_switch(), "begin anew even if there is a checkpoint")              //
      ("log", po::value<std::string>(), "one JSON line an epoch; default: OUTPUT.log.jsonl")  //
      ("curves", po::value<std::string>(), "picture of the curves; default: OUTPUT.svg")      //
      ("no-curves", po::bool_switch(), "draw none")                                           //
      ("precision-target", po::value<double>()->default_value(0.95, "0.95"),
       "precision that the third stored threshold is for")  //
      ("notes", po::value<std::string>()->default_value(""), "free text kept in the model");
  add_pair_options(line);
  line.group("Input").add_options()("graded", po::bool_switch(), "labels are degrees, not 0 and 1")(
      "label-scale", po::value<float>()->default_value(1, "1"),
      "divides training labels into 0 to 1");
  add_tokenizer_options(line);
  add_encoder_options(line);
  add_training_options(line);
  line.epilogue(
      "A killed run goes on where it stopped: repeat the same command. Same seed, options and "
      "data\n"
      "give the same model, whatever the number of threads.\n\n"
      "  gemel train --dev dev.tsv --output model.safetensors train.tsv");
}

train::Dataset read_pairs(const CommandLine& line, const std::string& path, float scale) {
  train::Dataset data;
  const auto kind = line.get<bool>("graded") ? LabelKind::graded : LabelKind::binary;
  for_each_pair(read_pair_options(line, path, kind), [&](const PairRow& row) {
    const float label = row.label / scale;
    if (scale != 0 && !(label >= 0 && label <= 1) && line.get<bool>("graded"))
      throw Error(
          base_name(path) + ":" + std::to_string(row.line),
          "label " + std::to_string(row.label) + " is outside 0 to " + std::to_string(scale),
          "set --label-scale to the largest label");
    data.add(row.text1, row.text2, label);
  });
  return data;
}

Tokenizer make_tokenizer(const CommandLine& line, const std::string& train_path) {
  if (const auto path = line.find<std::string>("tokenizer")) {
    const std::string bytes = read_file(*path);
    try {
      return Tokenizer(bytes);
    } catch (const Error& e) {
      throw Error(*path, e.problem(), e.advice());
    }
  }
  note("training a tokenizer on " + base_name(train_path));
  const auto kind = line.get<bool>("graded") ? LabelKind::graded : LabelKind::binary;
  return Tokenizer(
      train_on_pairs(read_tokenizer_options(line), {read_pair_options(line, train_path, kind)}));
}

// Complains about every option before reading gigabytes.
void read_options(const CommandLine& line, TrainJob& job) {
  job.options = read_training_options(line);
  job.places = read_output_places(line);
  job.precision_target = line.get<double>("precision-target");
  job.notes = line.get<std::string>("notes");
  const bool graded = line.get<bool>("graded");
  if (graded && !line.given("dev-metric")) job.options.dev_metric = "spearman";
  check_dev_metric(job.options.dev_metric, graded);
  check_range("precision-target", job.precision_target, 0.0, 1.0);
  if (!(line.get<float>("label-scale") > 0)) throw UsageError("--label-scale must be above 0");
  if (std::filesystem::exists(job.places.checkpoint) &&
      !std::filesystem::is_regular_file(job.places.checkpoint))
    throw UsageError("--checkpoint '" + job.places.checkpoint + "' is no regular file");
  read_encoder_options(line, 16000);
  read_tokenizer_options(line);
  read_pair_options(line, job.train_path, graded ? LabelKind::graded : LabelKind::binary);
}

void describe_data(const char* role, const train::Dataset& data) {
  std::int64_t positive = 0;
  for (const auto& p : data.pairs()) positive += p.label >= 0.5f;
  char text[256];
  std::snprintf(text, sizeof text,
                "%s: %zu pairs (%.1f %% positive), %lld distinct texts, %.1f tokens a text%s", role,
                data.pairs().size(),
                100.0 * static_cast<double>(positive) / static_cast<double>(data.pairs().size()),
                static_cast<long long>(data.text_count()),
                static_cast<double>(data.token_count()) / static_cast<double>(data.text_count()),
                data.truncated() ? (", " + std::to_string(data.truncated()) + " cut").c_str() : "");
  note(text);
}

}  // namespace

int run_train(Arguments arguments) {
  CommandLine line("train", "FILE",
                   "Trains a model on labelled pairs (label, text1, text2; TSV, CSV or JSONL).");
  declare(line);
  if (!line.parse(arguments)) return 0;
  TrainJob job;
  job.train_path = line.positional()[0];
  job.dev_path = line.find<std::string>("dev").value_or("");
  checked_usage([&] { read_options(line, job); });
  check_no_replacement(
      {job.places.model, job.places.checkpoint, job.places.log, job.places.curves},
      {job.train_path, job.dev_path, line.find<std::string>("tokenizer").value_or("")});
  check_writable({job.places.model, job.places.checkpoint, job.places.log});

  const Tokenizer tokenizer = make_tokenizer(line, job.train_path);
  job.config = read_encoder_options(line, tokenizer.vocabulary_size());
  const int threads = job.options.threads > 0 ? job.options.threads : available_cores();
  const auto max_tokens = static_cast<std::size_t>(job.options.max_tokens);
  // One id more than allowed, so that the dataset can tell what was cut.
  const auto tokenise = [&](std::string_view text, std::vector<std::int32_t>& ids) {
    tokenizer.encode(text, ids, max_tokens + 1);
  };
  job.data = read_pairs(line, job.train_path, line.get<float>("label-scale"));
  job.data.tokenise(tokenise, job.options.max_tokens, threads);
  describe_data("train", job.data);
  if (!job.dev_path.empty()) {
    job.dev = read_pairs(line, job.dev_path, line.get<float>("label-scale"));
    job.dev.tokenise(tokenise, job.options.max_tokens, threads);
    describe_data("dev", job.dev);
  } else {
    warn("no --dev file: the last epoch is kept, without thresholds or calibration");
  }
  run_job(job, tokenizer, line.get<bool>("restart"));
  return 0;
}

}  // namespace gemel::app
