#include "apps/train_options.hpp"

#include <algorithm>
#include <array>
#include <gemel/error.hpp>

#include "apps/option_value.hpp"
#include "apps/train_options_parts.hpp"
#include "core/check.hpp"
#include "dnn/context.hpp"

namespace gemel::app {
namespace {

// Options that say where results go or how the work is spread, but not what comes out.
constexpr std::array<std::string_view, 7> kOutputs = {"output",    "checkpoint", "log",    "curves",
                                                      "no-curves", "restart",    "threads"};
// Options that say where data lie, whose contents count, and what only people read.
constexpr std::array<std::string_view, 11> kInputs = {
    "notes",     "file",    "graded-pairs",  "soft-pairs", "dev",          "dev-graded",
    "tokenizer", "teacher", "teacher-texts", "init",       "token-vectors"};

Precision precision_from_option(const std::string& text) {
  return text == "auto" ? dnn::best_precision() : precision_from_name(text);
}

void add_augmentation_options(CommandLine& line) {
  const train::AugmentationOptions a;
  line.group("Augmentation")
      .add_options()                                                                          //
      ("token-dropout", option_value(a.token_dropout), "probability of leaving out a token")  //
      ("word-dropout", option_value(a.word_dropout), "probability of leaving out a word")     //
      ("word-swap", option_value(a.word_swap), "probability for neighbouring words to swap")  //
      ("case-noise", option_value(a.case_noise), "probability of another case, a word")       //
      ("punctuation-noise", option_value(a.punctuation_noise),
       "probability of leaving out a punctuation mark, or of adding one at the end")  //
      ("sample-segmentation", option_value(a.sample_segmentation),
       "alpha of sampled segmentations; 0 takes the best one")  //
      ("augment", option_value(train::name(a.target)),
       "both texts of a positive pair, or one of them")  //
      ("side-swap", option_value(a.side_swap), "probability for a pair's texts to change sides");
}

train::AugmentationOptions read_augmentation_options(const CommandLine& line) {
  train::AugmentationOptions a;
  a.token_dropout = line.get<float>("token-dropout");
  a.word_dropout = line.get<float>("word-dropout");
  a.word_swap = line.get<float>("word-swap");
  a.case_noise = line.get<float>("case-noise");
  a.punctuation_noise = line.get<float>("punctuation-noise");
  a.sample_segmentation = line.get<float>("sample-segmentation");
  a.target = train::augment_target_from_name(line.get<std::string>("augment"));
  a.side_swap = line.get<float>("side-swap");
  return a;
}

void add_weight_options(CommandLine& line) {
  const train::TrainOptions o;
  line.group("Weights").add_options()  //
      ("average", option_value(train::name(o.average.kind)),
       "weights judged and kept: none (the last step's), ema (moving average over the steps) or "
       "last "
       "(mean of the last epochs' ends)")                                               //
      ("average-decay", option_value(o.average.decay), "ema: share that a step keeps")  //
      ("average-last", option_value(o.average.last), "last: epochs")                    //
      ("learning-rate-of", option_value(""),
       "factors of the rate by the beginning of parameters' names: embedding:0.1,lstm.0:0.5")  //
      ("freeze", option_value(""),
       "parameters that stay as they are, by the beginning of their names: embedding,lstm.0");
}

std::vector<train::RateFactor> read_rate_factors(const CommandLine& line) {
  std::string text = line.get<std::string>("freeze");
  std::string frozen;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    frozen += (frozen.empty() ? "" : ",") + text.substr(0, comma) + ":0";
    text = comma == std::string::npos ? "" : text.substr(comma + 1);
  }
  std::vector<train::RateFactor> factors =
      train::rate_factors_from_text(line.get<std::string>("learning-rate-of"));
  for (train::RateFactor& f : train::rate_factors_from_text(frozen)) factors.push_back(f);
  return factors;
}

ConfigRecord influential_options(const CommandLine& line) {
  ConfigRecord record = line.resolved_options(kOutputs);
  // "auto" may mean something else on another machine.
  for (auto& [key, value] : record)
    if (key == "precision") value = name(precision_from_option(value));
  return record;
}

}  // namespace

void add_practice_options(CommandLine& line) {
  const train::TrainOptions o;
  line.group("Optimisation")
      .add_options()                                                                      //
      ("epochs", option_value(o.epochs), "passes over the examples")                      //
      ("batch-pairs", option_value(o.batch_pairs), "examples (rows of the file) a step")  //
      ("recompute", po::bool_switch(),
       "encode twice instead of keeping states, for large batches in bounded memory")  //
      ("learning-rate", option_value(o.learning_rate), "Adam's, after warm-up")        //
      ("weight-decay", option_value(o.weight_decay), "decoupled; biases excepted")     //
      ("clip-norm", option_value(o.clip_norm),
       "largest norm of the gradient; 0 for no clipping")                          //
      ("warmup", option_value(o.warmup), "share of all steps with a rising rate")  //
      ("decay", option_value(train::name(o.decay)),
       "of the rate: constant, linear or cosine")  //
      ("patience", option_value(o.patience),
       "epochs without a better dev metric before stopping; 0 never")  //
      ("dev-metric", option_value(o.dev_metric),
       "what chooses the best epoch: accuracy, f1, average_precision, roc_auc, mcc; pearson or "
       "spearman for graded labels; head_accuracy and so on for the pair head; SET/accuracy for "
       "another set than the first")                                          //
      ("max-tokens", option_value(o.max_tokens), "longer texts are cut")      //
      ("seed", option_value(o.seed), "same seed, options, data: same model")  //
      ("precision", option_value("auto"),
       "compute type: f32, bf16, or auto (bf16 where the CPU has it)")  //
      ("shards", option_value(o.shards),
       "parts of a batch computed in parallel; part of the result")  //
      ("threads", option_value(o.threads), "0 for all cores; no influence on the result");
  add_augmentation_options(line);
  add_weight_options(line);
}

train::TrainOptions read_training_options(const CommandLine& line) {
  train::TrainOptions o;
  o.loss = read_loss_options(line);
  o.sampling = read_sampling_options(line);
  o.augmentation = read_augmentation_options(line);
  o.average.kind = train::average_from_name(line.get<std::string>("average"));
  o.average.decay = line.get<float>("average-decay");
  o.average.last = line.get<int>("average-last");
  o.rate_factors = read_rate_factors(line);
  o.epochs = line.get<int>("epochs");
  o.batch_pairs = line.get<int>("batch-pairs");
  o.recompute = line.get<bool>("recompute");
  o.learning_rate = line.get<float>("learning-rate");
  o.weight_decay = line.get<float>("weight-decay");
  o.clip_norm = line.get<float>("clip-norm");
  o.warmup = line.get<float>("warmup");
  o.decay = train::decay_from_name(line.get<std::string>("decay"));
  o.patience = line.get<int>("patience");
  o.dev_metric = line.get<std::string>("dev-metric");
  o.max_tokens = line.get<int>("max-tokens");
  o.seed = line.get<std::uint64_t>("seed");
  o.precision = precision_from_option(line.get<std::string>("precision"));
  o.shards = line.get<int>("shards");
  o.threads = line.get<int>("threads");
  o.validate();
  return o;
}

void check_dev_metric(const std::string& name, bool graded) {
  constexpr std::array<std::string_view, 5> kBinary = {"accuracy", "f1", "average_precision",
                                                       "roc_auc", "mcc"};
  constexpr std::array<std::string_view, 2> kGraded = {"pearson", "spearman"};
  const std::size_t slash = name.find('/');
  std::string metric = slash == std::string::npos ? name : name.substr(slash + 1);
  if (metric.starts_with("head_")) metric.erase(0, 5);
  if (graded)
    index_of_name("dev-metric", metric, kGraded);
  else
    index_of_name("dev-metric", metric, kBinary);
}

std::string describe_run(const CommandLine& line) {
  ConfigRecord record = influential_options(line);
  std::erase_if(record, [](const auto& entry) {
    return std::find(kInputs.begin(), kInputs.end(), entry.first) != kInputs.end();
  });
  return config_record_json(record);
}

std::string describe_model(const CommandLine& line) {
  return config_record_json(influential_options(line));
}

}  // namespace gemel::app
