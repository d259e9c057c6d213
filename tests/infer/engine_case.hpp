#pragma once
#include <algorithm>
#include <vector>

#include "infer/engine/lstm_engine.hpp"
#include "tests/nn/fixture.hpp"

/// What the engine's tests share: small engines of random parameters, texts, and the oracle.
namespace gemel::infer::test {

using nn::test::Text;

// [texts, D]; texts in any order
inline std::vector<float> embed(const LstmEngine& engine, const EncoderConfig& config,
                                const std::vector<Text>& texts) {
  std::vector<const Text*> sorted;
  for (const Text& text : texts) sorted.push_back(&text);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Text* a, const Text* b) { return a->size() > b->size(); });
  const auto d = static_cast<std::size_t>(config.sentence_size());
  std::vector<float> rows(texts.size() * d), out(texts.size() * d);
  LstmEngine::Scratch scratch;
  engine.forward(sorted, scratch,
                 MatrixView(rows.data(), static_cast<std::int64_t>(texts.size()),
                            static_cast<std::int64_t>(d)));
  for (std::size_t i = 0; i < sorted.size(); ++i)
    std::copy_n(rows.data() + i * d, d,
                out.data() + static_cast<std::size_t>(sorted[i] - texts.data()) * d);
  return out;
}

// Random parameters and the engine on them.
struct Case {
  Case(const EncoderConfig& config, const Kernels& kernels,
       std::int64_t largest_table = LstmEngine::kLargestTable)
      : model(config, Precision::f32), engine(config, model.values, "", kernels, largest_table) {}

  std::vector<float> embed(const std::vector<Text>& texts) const {
    return test::embed(engine, model.encoder.config(), texts);
  }
  std::vector<double> oracle(const std::vector<Text>& texts) const {
    std::vector<double> out;
    for (const Text& text : texts) {
      const auto no_dropout = [](int, std::size_t, std::size_t) { return 1.0; };
      const auto vector =
          reference::encode<double>(model.encoder.config(),
                                    nn::test::oracle_parameters(model.values), text, no_dropout)
              .vector;
      out.insert(out.end(), vector.begin(), vector.end());
    }
    return out;
  }

  nn::test::Model model;
  LstmEngine engine;
};

inline EncoderConfig config_of(int hidden, int layers, bool shortcut) {
  EncoderConfig config = nn::test::small_config({Pooling::last, Pooling::mean, Pooling::max});
  config.hidden_size = hidden;
  config.layers = layers;
  config.shortcut = shortcut;
  return config;
}

// Of the largest magnitude of the embedding.
inline double tolerance(Precision precision) {
  return precision == Precision::f32 ? 2e-6 : precision == Precision::bf16 ? 0.015 : 0.05;
}

inline std::vector<Text> random_texts(int count) {
  Random random(static_cast<std::uint64_t>(count));
  std::vector<Text> texts(static_cast<std::size_t>(count));
  for (Text& text : texts) {
    text.resize(1 + random.below(9));
    for (std::int32_t& id : text) id = static_cast<std::int32_t>(random.below(11));
  }
  return texts;
}

// Of two tokens, so that most have a beginning and an end in common, and some are the same.
inline std::vector<Text> texts_alike(int count) {
  Random random(7);
  std::vector<Text> texts(static_cast<std::size_t>(count));
  for (Text& text : texts) {
    text.resize(1 + random.below(12));
    for (std::int32_t& id : text) id = random.below(5) == 0 ? 3 : 8;
  }
  return texts;
}

template <class Check>
void for_each_kernel(Check&& check) {
  int checked = 0;
  for (const KernelChoice& choice : all_kernels()) {
    if (!choice.available()) continue;
    CAPTURE(choice.name);
    check(choice.kernels);
    ++checked;
  }
  CHECK(checked > 0);
}

}  // namespace gemel::infer::test
