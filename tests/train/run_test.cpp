#include <doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gemel/error.hpp>

#include "core/file.hpp"
#include "train/trainer.hpp"

using namespace gemel;
using namespace gemel::train;

namespace {

// Pairs of "words": a pair is positive when both texts hold the same letters, in another order.
Dataset toy_data(int pairs, std::uint64_t seed) {
  Dataset data;
  Random random(seed);
  const auto text = [&](std::uint64_t kind, std::uint64_t length) {
    std::string s;
    for (std::uint64_t i = 0; i < length; ++i)
      s += static_cast<char>('a' + (kind * 3 + random.below(3)));
    return s;
  };
  for (int i = 0; i < pairs; ++i) {
    const std::uint64_t kind = random.below(6);
    const bool same = random.below(2) == 0;
    const std::uint64_t other = same ? kind : (kind + 1 + random.below(5)) % 6;
    const std::string first = text(kind, 3 + random.below(6));
    data.add(first, text(other, 3 + random.below(6)), same ? 1.0f : 0.0f);
  }
  data.tokenise(
      [](std::string_view t, std::vector<std::int32_t>& ids) {
        for (const char c : t) ids.push_back(c - 'a' + 3);
      },
      32, 1);
  return data;
}

EncoderConfig small_config() {
  EncoderConfig config;
  config.vocabulary_size = 24;
  config.embedding_size = 8;
  config.hidden_size = 12;
  config.dropout_embedding = 0.1f;
  config.dropout_output = 0.1f;
  return config;
}

TrainOptions small_options() {
  TrainOptions o;
  o.batch_pairs = 32;
  o.epochs = 4;
  o.learning_rate = 1e-2f;
  o.threads = 2;
  o.token_dropout = 0.05f;
  o.checkpoint_seconds = 0;
  return o;
}

Metrics judge(const std::vector<float>& scores, const std::vector<float>& labels) {
  // Mean score of the positives less that of the negatives: grows with quality.
  double sum[2] = {}, count[2] = {};
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const std::size_t k = labels[i] >= 0.5f;
    sum[k] += static_cast<double>(scores[i]);
    ++count[k];
  }
  return {{"accuracy", sum[1] / count[1] - sum[0] / count[0]}};
}

struct Outcome {
  std::vector<float> values;
  TrainResult result;
};

Outcome run(const TrainOptions& options, const std::string& checkpoint,
            const std::atomic<bool>* stop = nullptr,
            const std::function<void(const StepReport&)>& on_step = {}) {
  const Dataset data = toy_data(400, 1), dev = toy_data(200, 2);
  const nn::Encoder encoder(small_config(), Precision::f32);
  ParameterBlock values(encoder.layout());
  Random random(options.seed);
  encoder.initialise(values, random);
  TrainHooks hooks;
  hooks.judge = judge;
  hooks.stop = stop;
  hooks.on_step = on_step;
  TrainResult result = train::train(encoder, options, data, dev, values, checkpoint, "toy", hooks);
  return {{values.all().begin(), values.all().end()}, std::move(result)};
}

struct TemporaryFolder {
  std::filesystem::path path;
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "gemel-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("training learns: the loss falls and the classes part") {
  for (const auto kind : {loss::PairLossKind::bce, loss::PairLossKind::contrastive}) {
    TrainOptions options = small_options();
    options.loss.kind = kind;
    options.batch_negatives = kind == loss::PairLossKind::bce ? 1 : 0;
    const Outcome outcome = run(options, "");
    CHECK(outcome.result.epochs == 4);
    CHECK(outcome.result.best_metric > 0.3);
    CHECK(outcome.result.log.size() == 4);
  }
}

TEST_CASE("a seed gives one model, whatever the threads; another seed gives another") {
  TrainOptions options = small_options();
  options.epochs = 2;
  const Outcome two = run(options, "");
  options.threads = 1;
  CHECK(run(options, "").values == two.values);
  options.seed = 2;
  CHECK(run(options, "").values != two.values);
}

TEST_CASE("a run stopped mid-epoch goes on to the same model, bit for bit") {
  const TemporaryFolder folder;
  const std::string checkpoint = (folder.path / "run.checkpoint").string();
  const Outcome whole = run(small_options(), "");
  for (const int stop_after : {1, 17, 26}) {
    std::atomic<bool> stop{false};
    int steps = 0;
    const auto on_step = [&](const StepReport&) { stop = ++steps == stop_after; };
    CHECK_THROWS_AS(run(small_options(), checkpoint, &stop, on_step), Interrupted);
    CHECK(std::filesystem::exists(checkpoint));
    const Outcome resumed = run(small_options(), checkpoint);
    CHECK(resumed.values == whole.values);
    CHECK(resumed.result.best_epoch == whole.result.best_epoch);
    // Kept until the caller has stored the model; a run that goes on from it has nothing to do.
    CHECK(std::filesystem::exists(checkpoint));
    steps = 0;
    const Outcome again =
        run(small_options(), checkpoint, nullptr, [&](const StepReport&) { ++steps; });
    CHECK(steps == 0);
    CHECK(again.values == resumed.values);
    std::filesystem::remove(checkpoint);
  }
}

TEST_CASE("a damaged or foreign checkpoint is refused") {
  const TemporaryFolder folder;
  const std::string path = (folder.path / "c").string();
  std::atomic<bool> stop{true};
  CHECK_THROWS_AS(run(small_options(), path, &stop), Interrupted);
  const std::string bytes = read_file(path);
  const auto expect_damaged = [&](const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
    CHECK_THROWS_WITH_AS(run(small_options(), path),
                         (path + ": is not a whole gemel checkpoint; delete it and train from the "
                                 "beginning")
                             .c_str(),
                         Error);
  };
  expect_damaged("");
  expect_damaged("hello");
  expect_damaged(bytes.substr(0, bytes.size() - 1));
  expect_damaged(bytes + "x");
  std::string flipped = bytes;
  flipped[bytes.size() / 2] = static_cast<char>(flipped[bytes.size() / 2] ^ 4);
  expect_damaged(flipped);
}

TEST_CASE("early stopping keeps the best epoch") {
  TrainOptions options = small_options();
  options.epochs = 10;
  options.patience = 2;
  options.learning_rate = 1e-2f;
  const Dataset data = toy_data(100, 1), dev = toy_data(50, 2);
  const nn::Encoder encoder(small_config(), Precision::f32);
  ParameterBlock values(encoder.layout());
  Random random(1);
  encoder.initialise(values, random);
  TrainHooks hooks;
  const double given[] = {0.5, 0.7, 0.6, 0.7, 0.9};
  std::size_t epoch = 0;
  std::vector<std::vector<float>> seen;
  hooks.judge = [&](const auto&, const auto&) {
    seen.emplace_back(values.all().begin(), values.all().end());
    return Metrics{{"accuracy", given[epoch++]}};
  };
  const TrainResult result = train::train(encoder, options, data, dev, values, "", "", hooks);
  CHECK(result.epochs == 4);  // the equal 0.7 of epoch 4 is no improvement
  CHECK(result.best_epoch == 2);
  CHECK(result.best_metric == 0.7);
  CHECK(std::vector<float>(values.all().begin(), values.all().end()) == seen[1]);
}
