#include <filesystem>
#include <gemel/error.hpp>

#include "apps/bundle_files.hpp"
#include "apps/init_options.hpp"
#include "apps/input.hpp"
#include "apps/model_options.hpp"
#include "apps/output_places.hpp"
#include "apps/terminal.hpp"
#include "apps/tokenizer_options.hpp"
#include "apps/train_data.hpp"
#include "apps/train_options.hpp"
#include "apps/train_outputs.hpp"
#include "apps/verbs.hpp"
#include "core/check.hpp"
#include "core/file.hpp"
#include "model/bundle_file.hpp"
#include "tokenizer/tokenizer.hpp"
#include "tokenizer/tokenizer_trainer.hpp"
#include "train/trainer.hpp"

namespace gemel::app {
namespace {

void declare(CommandLine& line) {
  line.group("Files").add_options()                                                         //
      ("output,o", po::value<std::string>()->required(), "the model bundle, .safetensors")  //
      ("tokenizer", po::value<std::string>(),
       "made by 'gemel tokenizer'; without it that of --init, or one trained on the training "
       "texts")  //
      ("init", po::value<std::string>(),
       "a bundle whose weights to start from (fine-tuning); its sizes, metric and so on are the "
       "defaults; the model may have more units")  //
      ("token-vectors", po::value<std::string>(),
       "pre-trained token embeddings to start from, word2vec's text format")  //
      ("storage", po::value<std::string>()->default_value("bf16"),
       "type of the stored weights: bf16 (half the size), int8 (a quarter) or f32")           //
      ("checkpoint", po::value<std::string>(), "default: OUTPUT.checkpoint")                  //
      ("restart", po::bool_switch(), "begin anew even if there is a checkpoint")              //
      ("log", po::value<std::string>(), "one JSON line an epoch; default: OUTPUT.log.jsonl")  //
      ("curves", po::value<std::string>(), "picture of the curves; default: OUTPUT.svg")      //
      ("no-curves", po::bool_switch(), "draw none")                                           //
      ("precision-target", po::value<double>()->default_value(0.95, "0.95"),
       "precision that the third stored threshold is for")  //
      ("notes", po::value<std::string>()->default_value(""), "free text kept in the model");
  add_data_options(line);
  add_pair_options(line);
  add_tokenizer_options(line);
  add_encoder_options(line);
  add_tower_options(line);
  add_loss_options(line);
  add_practice_options(line);
  line.allow_config();
  line.epilogue(
      "A killed run goes on where it stopped: repeat the same command. Same seed, options and "
      "data\n"
      "give the same model, whatever the number of threads.\n\n"
      "  gemel train --dev dev.tsv --output model.safetensors train.tsv");
}

Tokenizer tokenizer_of(const std::string& bundle) {
  const BundleFile file(bundle);
  return Tokenizer(file.bundle().tokenizer_model,
                   normalization_from_name(file.bundle().normalizer));
}

Tokenizer make_tokenizer(const CommandLine& line, const TrainJob& job) {
  if (const auto path = line.find<std::string>("tokenizer")) {
    if (path->ends_with(".safetensors")) return tokenizer_of(*path);
    const std::string bytes = read_file(*path);
    try {
      return Tokenizer(bytes);
    } catch (const Error& e) {
      throw Error(*path, e.problem(), e.advice());
    }
  }
  if (!job.init.empty()) return tokenizer_of(job.init);
  note("training a tokenizer on " + base_name(job.files.train));
  std::vector<std::string> texts;
  for_each_text(line, job.files, job.model,
                [&](std::string&& text) { texts.push_back(std::move(text)); });
  std::size_t at = 0;
  return Tokenizer(train_tokenizer(read_tokenizer_options(line), [&](std::string& text) {
    if (at == texts.size()) return false;
    text = std::move(texts[at++]);
    return true;
  }));
}

// Graded dev labels have other figures than binary ones.
void check_metric(const CommandLine& line, TrainJob& job) {
  std::string& metric = job.options.dev_metric;
  if (job.files.dev.empty()) {
    if (line.given("dev-metric")) check_dev_metric(metric, line.get<bool>("graded"));
    return;
  }
  const DevFile* set = &job.files.dev.front();
  if (set->graded && !line.given("dev-metric")) metric = "spearman";
  if (const std::size_t slash = metric.find('/'); slash != std::string::npos) {
    std::vector<std::string_view> names;
    for (const DevFile& dev : job.files.dev) names.push_back(dev.name);
    set = &job.files.dev[index_of_name("dev-metric, set", metric.substr(0, slash), names)];
    if (set == &job.files.dev.front()) metric.erase(0, slash + 1);  // whose figures have no prefix
  }
  check_dev_metric(metric, set->graded);
}

// Complains about every option before reading gigabytes.
void read_options(const CommandLine& line, TrainJob& job) {
  job.options = read_training_options(line);
  job.places = read_output_places(line);
  job.precision_target = line.get<double>("precision-target");
  job.notes = line.get<std::string>("notes");
  job.init = bundle_of_init(line);
  job.token_vectors = line.find<std::string>("token-vectors").value_or("");
  job.model = read_model_options(line, 16000);
  job.files = read_data_files(line, job.model);
  check_metric(line, job);
  check_range("precision-target", job.precision_target, 0.0, 1.0);
  if (std::filesystem::exists(job.places.checkpoint) &&
      !std::filesystem::is_regular_file(job.places.checkpoint))
    throw UsageError("--checkpoint '" + job.places.checkpoint + "' is no regular file");
  train::check_options(job.model, job.options, !job.files.teacher.empty());
  read_tokenizer_options(line);
  job.record = describe_run(line);
  job.config = describe_model(line);
}

std::vector<std::string> inputs_of(const CommandLine& line, const TrainJob& job) {
  std::vector<std::string> inputs = {
      job.files.train,   line.find<std::string>("tokenizer").value_or(""),
      job.init,          job.token_vectors,
      job.files.teacher, job.files.teacher_texts};
  for (const DevFile& file : job.files.dev) inputs.push_back(file.path);
  return inputs;
}

}  // namespace

int run_train(Arguments arguments) {
  CommandLine line("train", "FILE",
                   "Trains a model on labelled pairs (label, text1, text2; TSV, CSV or JSONL).");
  declare(line);
  line.weaker_settings([&] { return options_of_init(line); });
  if (!line.parse(arguments)) return 0;
  TrainJob job;
  checked_usage([&] { read_options(line, job); });
  check_no_replacement({job.places.model, job.places.checkpoint, job.places.log, job.places.curves},
                       inputs_of(line, job));
  check_writable({job.places.model, job.places.checkpoint, job.places.log});
  const Tokenizer tokenizer = make_tokenizer(line, job);
  job.model = read_model_options(line, tokenizer.vocabulary_size());
  job.data = load_data(line, job.files, job.model, tokenizer, job.options);
  if (job.data.dev.empty())
    warn("no --dev file: the last epoch is kept, without thresholds or calibration");
  run_job(job, tokenizer, line.get<bool>("restart"));
  return 0;
}

}  // namespace gemel::app
