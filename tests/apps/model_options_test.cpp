// What the command line of `gemel train` says of the model, and the record that a run leaves.
#include "apps/model_options.hpp"

#include <doctest.h>

#include <algorithm>
#include <gemel/error.hpp>
#include <set>

#include "tests/apps/train_line.hpp"

using namespace gemel;
using namespace gemel::app;

namespace {

ModelConfig model_of(const std::vector<std::string>& arguments) {
  return read_model_options(train_line(arguments), 300);
}
std::string refusal(const std::vector<std::string>& arguments) {
  return message_of<Error>([&] { model_of(arguments); });
}
std::string description(std::vector<std::string> arguments) {
  if (std::find(arguments.begin(), arguments.end(), "--precision") == arguments.end())
    arguments.insert(arguments.end(), {"--precision", "f32"});
  return describe_run(train_line(arguments));
}

}  // namespace

TEST_CASE("encoder flags reach the struct") {
  const EncoderConfig c = read_encoder_options(train_line({"--encoder",
                                                           "gru",
                                                           "--embedding-size",
                                                           "12",
                                                           "--hidden-size",
                                                           "24",
                                                           "--layers",
                                                           "2",
                                                           "--shortcut",
                                                           "--pooling",
                                                           "last,attention",
                                                           "--attention-heads",
                                                           "3",
                                                           "--attention-size",
                                                           "7",
                                                           "--attention-penalty",
                                                           "0.5",
                                                           "--projection-size",
                                                           "40",
                                                           "--unit-length",
                                                           "--dropout-embedding",
                                                           "0.1",
                                                           "--dropout-layer",
                                                           "0.2",
                                                           "--dropout-output",
                                                           "0.3"}),
                                               300);
  CHECK(c.vocabulary_size == 300);
  CHECK(c.kind == EncoderKind::gru);
  CHECK(c.embedding_size == 12);
  CHECK(c.hidden_size == 24);
  CHECK(c.layers == 2);
  CHECK(c.shortcut);
  CHECK(c.pooling == std::vector<Pooling>{Pooling::last, Pooling::attention});
  CHECK(c.attention_heads == 3);
  CHECK(c.attention_size == 7);
  CHECK(c.attention_penalty == 0.5f);
  CHECK(c.projection_size == 40);
  CHECK(c.unit_length);
  CHECK(c.dropout_embedding == 0.1f);
  CHECK(c.dropout_layer == 0.2f);
  CHECK(c.dropout_output == 0.3f);
  CHECK(model_of({"--encoder", "cnn", "--widths", "2,4"}).towers[0].encoder.widths ==
        std::vector<int>{2, 4});
  CHECK(poolings_from_list("max") == std::vector<Pooling>{Pooling::max});
}

TEST_CASE("one tower without --tower, compared with itself") {
  const ModelConfig model = model_of({"--head-size", "16", "--head-dropout", "0.25"});
  CHECK(model.siamese());
  CHECK(model.towers[0].name == "text");
  CHECK(model.links == std::vector<TowerLink>{{0, 0}});
  CHECK(model.head_size == 16);
  CHECK(model.head_dropout == 0.25f);
  CHECK(model_of({"--head-dropout", "0.25"}).head_dropout == 0);  // there is no head
  CHECK(model.head_input == HeadInput::embedding);
  const ModelConfig pooled =
      model_of({"--head-size", "16", "--head-input", "pooled", "--projection-size", "30"});
  CHECK(pooled.head_input == HeadInput::pooled);
  CHECK(pooled.feature_size() == 30 + 1024);
  CHECK(model_of({"--head-input", "pooled"}).head_input == HeadInput::embedding);  // likewise
}

TEST_CASE("towers take the encoder's options and their own above them") {
  const ModelConfig model = model_of({"--hidden-size", "20", "--projection-size", "30", "--pooling",
                                      "mean", "--tower", "question", "--tower",
                                      "passage encoder=cnn hidden-size=50 widths=1,3 "
                                      "unit-length=true",
                                      "--tower", "title encoder=average"});
  REQUIRE(model.towers.size() == 3);
  CHECK(model.towers[0].name == "question");
  CHECK(model.towers[0].encoder.kind == EncoderKind::lstm);
  CHECK(model.towers[0].encoder.hidden_size == 20);
  CHECK(!model.towers[0].encoder.unit_length);
  CHECK(model.towers[1].name == "passage");
  CHECK(model.towers[1].encoder.kind == EncoderKind::convolution);
  CHECK(model.towers[1].encoder.hidden_size == 50);
  CHECK(model.towers[1].encoder.widths == std::vector<int>{1, 3});
  CHECK(model.towers[1].encoder.unit_length);
  CHECK(model.towers[1].encoder.projection_size == 30);
  CHECK(model.towers[2].encoder.kind == EncoderKind::average);
  CHECK(model.links == std::vector<TowerLink>{{0, 1}, {0, 2}, {1, 2}});  // each with each
}

TEST_CASE("links by the towers' names") {
  const std::vector<std::string> towers = {"--tower", "a", "--tower", "b", "--tower", "c"};
  const auto with = [&](const std::string& links) {
    std::vector<std::string> all = towers;
    all.insert(all.end(), {"--links", links});
    return all;
  };
  CHECK(model_of(with("a:b,c:a")).links == std::vector<TowerLink>{{0, 1}, {2, 0}});
  CHECK(refusal(with("a:d")) == "tower: 'd' is not known; choose among a, b, c");
}

TEST_CASE("a model that cannot be is refused, word for word") {
  CHECK(message_of<Error>([] { poolings_from_list("mean,sum"); }) ==
        "pooling: 'sum' is not known; choose among mean, max, last, attention");
  CHECK(refusal({"--widths", "1,two"}) ==
        "widths: 'two' is no whole number; write for instance 1,2,3");
  CHECK(refusal({"--tower", "a", "--tower", "a"}) ==
        "tower: 'a' is named twice; give each its own name");
  CHECK(refusal({"--tower", "a", "--tower", "B b"}) ==
        "tower B: unrecognised option '--b'; write NAME key=value …, keys as --encoder's group");
  CHECK(refusal({"--tower", "a", "--tower", "b hidden=3"}) ==
        "tower b: unrecognised option '--hidden=3'; write NAME key=value …, keys as --encoder's "
        "group");
  CHECK(refusal({"--tower", "a", "--tower", "b hidden-size=20"}) ==
        "tower b: has embeddings of 80 floats, tower a of 1024; give both the same "
        "--projection-size");
  CHECK(refusal({"--head-input", "tokens"}) ==
        "head_input: 'tokens' is not known; choose among embedding, pooled");
  CHECK(refusal({"--head-size", "4", "--head-input", "pooled"}) ==
        "head_input: is pooled, but the embedding is the pooled vector itself; set "
        "--projection-size, or --head-input embedding");
  CHECK(refusal({"--head-size", "4", "--head-input", "pooled", "--projection-size", "8", "--tower",
                 "a", "--tower", "b hidden-size=20"}) ==
        "tower b: has pooled vectors of 80 floats, tower a of 1024; a pair head that reads them "
        "needs one size; or set --head-input embedding");
  CHECK(refusal({"--head-size", "5000"}) == "head_size: is 5000; allowed is 0 to 4096");
}

TEST_CASE("the record of a run changes with what shapes the model, not with threads") {
  const std::string record = description({});
  CHECK(description({"--threads", "7"}) == record);
  // One change each, over every option but those of places.
  using Change = std::vector<std::string>;
  const Change changes[] = {{"--encoder", "gru"},
                            {"--embedding-size", "8"},
                            {"--hidden-size", "8"},
                            {"--layers", "2"},
                            {"--shortcut"},
                            {"--widths", "1,2"},
                            {"--pooling", "max,mean"},
                            {"--attention-heads", "2"},
                            {"--attention-size", "9"},
                            {"--attention-penalty", "0.1"},
                            {"--state-attention-heads", "2"},
                            {"--projection-size", "9"},
                            {"--unit-length"},
                            {"--dropout-embedding", "0.3"},
                            {"--dropout-layer", "0.3"},
                            {"--dropout-output", "0.3"},
                            {"--tower", "one"},
                            {"--links", "one:one"},
                            {"--head-size", "4"},
                            {"--head-dropout", "0.3"},
                            {"--head-input", "pooled"},
                            {"--loss", "bce,in-batch"},
                            {"--metric", "euclidean"},
                            {"--margin", "2"},
                            {"--margin-schedule", "linear"},
                            {"--margin-end", "1.5"},
                            {"--margin-scale", "2"},
                            {"--start-w", "2"},
                            {"--start-b", "0"},
                            {"--temperature", "0.2"},
                            {"--one-way"},
                            {"--distillation", "mse"},
                            {"--positive-weight", "2"},
                            {"--soft-weight", "2"},
                            {"--batch-negatives", "3"},
                            {"--negatives", "random"},
                            {"--negative-weight", "0.5"},
                            {"--negative-min-distance", "0.1"},
                            {"--negative-max-distance", "0.9"},
                            {"--negative-relative-margin", "0.1"},
                            {"--mined-negatives", "2"},
                            {"--mining", "random"},
                            {"--mined-share", "0.5"},
                            {"--mining-pool", "100"},
                            {"--mining-neighbours", "20"},
                            {"--mining-from", "0"},
                            {"--epochs", "9"},
                            {"--batch-pairs", "8"},
                            {"--recompute"},
                            {"--learning-rate", "0.1"},
                            {"--weight-decay", "0.5"},
                            {"--clip-norm", "1"},
                            {"--warmup", "0.5"},
                            {"--decay", "cosine"},
                            {"--patience", "1"},
                            {"--dev-metric", "f1"},
                            {"--max-tokens", "9"},
                            {"--seed", "2"},
                            {"--shards", "3"},
                            {"--precision", "bf16"},
                            {"--token-dropout", "0.1"},
                            {"--word-dropout", "0.1"},
                            {"--word-swap", "0.1"},
                            {"--case-noise", "0.1"},
                            {"--punctuation-noise", "0.1"},
                            {"--sample-segmentation", "0.2"},
                            {"--augment", "one"},
                            {"--side-swap", "0.1"},
                            {"--average", "ema"},
                            {"--average-decay", "0.9"},
                            {"--average-last", "4"},
                            {"--learning-rate-of", "embedding:2"},
                            {"--freeze", "embedding"}};
  std::set<std::string> seen = {record};
  for (const Change& change : changes) {
    CAPTURE(change[0]);
    CHECK(seen.insert(description(change)).second);
  }
  // Every option is above: file and threads are not, but tower and links, which have no default.
  CHECK(std::size(changes) == train_line({}).resolved_options().size());
}
