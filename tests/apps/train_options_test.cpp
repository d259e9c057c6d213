#include "apps/train_options.hpp"

#include <doctest.h>

#include <gemel/error.hpp>

#include "tests/apps/parse.hpp"

using namespace gemel;
using namespace gemel::app;

namespace {

CommandLine line_of(std::vector<std::string> arguments) {
  arguments.push_back("file");
  return parsed(
      [](CommandLine& line) {
        add_encoder_options(line);
        add_training_options(line);
      },
      arguments);
}

std::string description(const std::vector<std::string>& arguments) {
  const CommandLine line = line_of(arguments);
  return describe_run(read_encoder_options(line, 300), read_training_options(line));
}

}  // namespace

TEST_CASE("flags reach the structs") {
  const CommandLine line =
      line_of({"--hidden-size", "24", "--pooling", "last,attention", "--unit-length", "--metric",
               "manhattan", "--loss", "contrastive", "--margin", "0.75", "--seed", "9",
               "--precision", "f32", "--batch-negatives", "2", "--negatives", "random"});
  const EncoderConfig config = read_encoder_options(line, 300);
  CHECK(config.vocabulary_size == 300);
  CHECK(config.hidden_size == 24);
  CHECK(config.pooling == std::vector<Pooling>{Pooling::last, Pooling::attention});
  CHECK(config.unit_length);
  const train::TrainOptions options = read_training_options(line);
  CHECK(options.loss.metric == Metric::manhattan);
  CHECK(options.loss.kind == loss::PairLossKind::contrastive);
  CHECK(options.loss.margin == 0.75f);
  CHECK(options.seed == 9);
  CHECK(options.precision == Precision::f32);
  CHECK(options.batch_negatives == 2);
  CHECK(options.negatives == train::NegativeChoice::random);
}

TEST_CASE("the record of a run changes with what shapes the model, not with threads") {
  const std::string record = description({"--precision", "f32"});
  CHECK(description({"--precision", "f32", "--threads", "7"}) == record);
  for (const std::vector<std::string>& change : {std::vector<std::string>{"--seed", "2"},
                                                 {"--epochs", "9"},
                                                 {"--hidden-size", "8"},
                                                 {"--dropout-output", "0.3"},
                                                 {"--margin", "2"},
                                                 {"--shards", "3"},
                                                 {"--layers", "2"},
                                                 {"--pooling", "max,mean"},
                                                 {"--start-b", "0"},
                                                 {"--token-dropout", "0.1"},
                                                 {"--learning-rate", "0.1"},
                                                 {"--max-tokens", "9"},
                                                 {"--unit-length"},
                                                 {"--patience", "1"},
                                                 {"--decay", "cosine"},
                                                 {"--warmup", "0.5"},
                                                 {"--clip-norm", "1"},
                                                 {"--weight-decay", "0.5"},
                                                 {"--batch-pairs", "8"},
                                                 {"--dev-metric", "f1"},
                                                 {"--positive-weight", "2"},
                                                 {"--sample-segmentation", "0.2"}}) {
    std::vector<std::string> arguments = {"--precision", "f32"};
    arguments.insert(arguments.end(), change.begin(), change.end());
    CAPTURE(change[0]);
    CHECK(description(arguments) != record);
  }
}

TEST_CASE("names and ranges are checked") {
  CHECK(poolings_from_list("max") == std::vector<Pooling>{Pooling::max});
  CHECK(message_of<Error>([] { poolings_from_list("mean,sum"); }) ==
        "pooling: 'sum' is not known; choose among mean, max, last, attention");
  CHECK(message_of<Error>([] {
          read_training_options(line_of({"--warmup", "2"}));
        }) == "warmup: is 2; allowed is 0 to 1");
  CHECK(message_of<Error>([] { check_dev_metric("pearson", false); }) ==
        "dev-metric: 'pearson' is not known; choose among accuracy, f1, average_precision, "
        "roc_auc, mcc");
  CHECK(message_of<Error>([] { check_dev_metric("accuracy", true); }) ==
        "dev-metric: 'accuracy' is not known; choose among pearson, spearman");
  CHECK_NOTHROW(check_dev_metric("mcc", false));
  CHECK_NOTHROW(check_dev_metric("pearson", true));
}
