#pragma once
#include <doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <gemel/error.hpp>
#include <string>
#include <utility>
#include <vector>

#include "train/objective.hpp"
#include "train/trainer.hpp"

/// What the tests of training share: toy data in which equal letters mean the same, small models,
/// and one run from start to end.
namespace gemel::train::test {

/// One token a letter, 3 to 26.
inline void letters(std::string_view text, std::vector<std::int32_t>& ids) {
  for (const char c : text) ids.push_back((c - 'a') % 24 + 3);
}
inline TextCoder letter_coder() {
  return {letters, {}};
}

/// Random texts of kind 0 to 5: letters of a third of the alphabet's front.
class ToyTexts {
 public:
  explicit ToyTexts(std::uint64_t seed) : random_(seed) {}
  std::uint64_t kind() { return random_.below(6); }
  std::uint64_t other(std::uint64_t kind) { return (kind + 1 + random_.below(5)) % 6; }
  bool coin() { return random_.below(2) == 0; }
  std::string text(std::uint64_t kind) {
    std::string s;
    for (std::uint64_t i = 3 + random_.below(6); i > 0; --i)
      s += static_cast<char>('a' + (kind * 3 + random_.below(3)));
    return s;
  }

 private:
  Random random_;
};

/// A pair is positive when both texts are of one kind. Tuples of two for a model of two towers.
inline Dataset toy_data(int pairs, std::uint64_t seed, bool two_towers = false) {
  Dataset data;
  ToyTexts toy(seed);
  const std::vector<TowerLink> link = {{0, 1}};
  for (int i = 0; i < pairs; ++i) {
    const std::uint64_t kind = toy.kind();
    const bool same = toy.coin();
    const std::string first = toy.text(kind), second = toy.text(same ? kind : toy.other(kind));
    if (two_towers)
      data.add_tuple(std::vector<std::string>{first, second}, link, same ? 1.0f : 0.0f);
    else
      data.add(first, second, same ? 1.0f : 0.0f);
  }
  data.tokenise(letters, 32, 1);
  return data;
}

inline EncoderConfig toy_encoder() {
  EncoderConfig config;
  config.vocabulary_size = 27;
  config.embedding_size = 8;
  config.hidden_size = 8;
  config.pooling = {Pooling::mean};
  config.dropout_embedding = 0.1f;
  config.dropout_output = 0.1f;
  return config;
}
inline ModelConfig toy_model() {
  ModelConfig model;
  model.towers[0].encoder = toy_encoder();
  return model;
}
/// A recurrent and an averaging tower.
inline ModelConfig toy_towers() {
  ModelConfig model;
  model.towers.resize(2);
  model.towers[0] = {"question", toy_encoder()};
  model.towers[1] = {"passage", toy_encoder()};
  model.towers[1].encoder.kind = EncoderKind::average;
  model.towers[1].encoder.hidden_size = 16;
  model.links = {{0, 1}};
  return model;
}

inline TrainOptions toy_options() {
  TrainOptions o;
  o.batch_pairs = 32;
  o.epochs = 3;
  o.learning_rate = 1e-2f;
  o.threads = 2;
  o.checkpoint_seconds = 0;
  return o;
}

/// Mean score of the positives less that of the negatives: grows with quality.
inline Metrics judge_gap(const std::vector<float>& scores, const std::vector<float>& labels) {
  double sum[2] = {}, count[2] = {};
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const std::size_t k = labels[i] >= 0.5f;
    sum[k] += static_cast<double>(scores[i]);
    ++count[k];
  }
  return {{"accuracy", sum[1] / count[1] - sum[0] / count[0]}};
}

/// Everything of one call of train().
struct Setup {
  ModelConfig model = toy_model();
  TrainOptions options = toy_options();
  Dataset data = toy_data(200, 1);
  std::vector<DevSet> dev;
  Teacher teacher;
  CheckpointPlace place{"", "toy"};
  TrainHooks hooks;

  Setup() {
    hooks.judge = judge_gap;
    hooks.coder = letter_coder();
  }
};

struct Outcome {
  std::vector<float> start, values;
  TrainResult result;
};

/// @param pruned share of the recurrent blocks that are zero before the first step
inline Outcome run(Setup& setup, double pruned = 0) {
  nn::Towers towers(setup.model, Precision::f32);
  Objective::register_parameters(setup.options.loss, setup.teacher, setup.model, towers.layout());
  ParameterBlock values(towers.layout());
  Random random(setup.options.seed);
  towers.initialise(values, random);
  Objective(towers, setup.options, setup.data, setup.teacher).initialise(values, random);
  nn::prune_blocks(values, pruned);
  Outcome outcome;
  outcome.start.assign(values.all().begin(), values.all().end());
  const nn::ZeroBlocks zeros = pruned > 0 ? nn::ZeroBlocks(values) : nn::ZeroBlocks();
  outcome.result = train(towers, setup.options, {setup.data, setup.dev, setup.teacher, zeros},
                         values, setup.place, setup.hooks);
  outcome.values.assign(values.all().begin(), values.all().end());
  return outcome;
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

/// What the Error that f throws says, or "nothing thrown".
template <class F>
std::string message_of(const F& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing thrown";
}

/// Largest difference as a share of the largest expected magnitude, or of `scale` if that is more.
template <class Values>
double relative_error(const Values& found, const std::vector<double>& expected,
                      double scale = 1e-30) {
  REQUIRE(found.size() == expected.size());
  double worst = 0, largest = scale;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double difference = std::abs(static_cast<double>(found[i]) - expected[i]);
    worst = difference <= worst ? worst : difference;  // NaN becomes the worst
    largest = std::max(largest, std::abs(expected[i]));
  }
  return worst / largest;
}

/// Labelled pairs, each text once a tower, in the order of the dataset: what a batch of everything
/// is without noise.
inline Batch whole_batch(const Dataset& data, const std::vector<TowerLink>& links) {
  Batch batch;
  const auto local = [&](std::int32_t row, int tower) {
    const Batch::Text text{row, static_cast<std::int16_t>(tower), 0};
    const auto it = std::find(batch.texts.begin(), batch.texts.end(), text);
    if (it != batch.texts.end()) return static_cast<std::int32_t>(it - batch.texts.begin());
    batch.texts.push_back(text);
    return static_cast<std::int32_t>(batch.texts.size() - 1);
  };
  for (const Dataset::Pair& p : data.pairs()) {
    const TowerLink link = links[static_cast<std::size_t>(p.link)];
    const std::int32_t a = local(p.a, link.a);
    batch.pairs.push_back({a, local(p.b, link.b), p.label, p.link});
  }
  for (const Dataset::Triplet& t : data.triplets())
    batch.triplets.push_back({local(t.anchor, 0), local(t.positive, 0), local(t.negative, 0)});
  return batch;
}

}  // namespace gemel::train::test
