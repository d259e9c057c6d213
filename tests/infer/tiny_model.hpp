#pragma once
#include <string>

#include "core/random.hpp"
#include "model/bundle_file.hpp"
#include "nn/towers.hpp"
#include "tests/infer/tiny_tokenizer.hpp"

namespace gemel::test {

/// Every part of an encoder, as small as it goes.
inline EncoderConfig tiny_config() {
  EncoderConfig c;
  c.vocabulary_size = kTinySize;
  c.embedding_size = 4;
  c.hidden_size = 3;
  c.layers = 2;
  c.pooling = {Pooling::mean, Pooling::max, Pooling::attention};
  c.attention_heads = 2;
  c.attention_size = 3;
  c.projection_size = 5;
  c.unit_length = true;
  return c;
}

inline Bundle tiny_bundle() {
  Bundle b;
  b.config() = tiny_config();
  b.metric = Metric::cosine;
  b.tokenizer_model = tiny_tokenizer();
  b.normalizer = "spaces";
  b.max_tokens = 8;
  b.calibration = Calibration{200, 4, 0.05, "pairs.tsv"};
  b.thresholds.accuracy = Threshold{0.98f, 0.8, "pairs.tsv", 100};
  b.thresholds.precision = Threshold{0.9975f, 0.95, "pairs.tsv", 100};
  b.notes = "Random weights; for tests only.";
  b.training = R"({"seed":5})";
  return b;
}

/// Questions are read by a BiLSTM, passages by their mean embedding fed forward; with a pair head.
inline Bundle tiny_towers_bundle() {
  Bundle b = tiny_bundle();
  EncoderConfig& question = b.config();
  question.layers = 1;
  question.pooling = {Pooling::mean, Pooling::max};
  EncoderConfig passage = question;
  passage.kind = EncoderKind::average;
  passage.pooling = {Pooling::mean};
  passage.unit_length = false;
  b.model.towers = {{"question", question}, {"passage", passage}};
  b.model.links = {{0, 1}, {1, 1}};
  b.model.head_size = 2;
  b.head_verdict = HeadVerdict{0.4375f, 0.75, -0.5f, "pairs.tsv", 100};
  return b;
}

/// Weights in [-1, 1], multiples of 1/64 and so the same in f32 and bf16.
inline ParameterBlock tiny_values(const ParameterLayout& layout) {
  ParameterBlock values(layout);
  Random random(5);
  for (std::size_t i = 0; i < layout.all().size(); ++i)
    for (float& v : values.values(static_cast<int>(i)))
      v = static_cast<float>(static_cast<int>(random.below(129)) - 64) / 64;
  return values;
}

inline std::string write_tiny_model(const std::string& path, const Bundle& bundle = tiny_bundle(),
                                    StorageType type = StorageType::f32) {
  const nn::Towers towers(bundle.model, Precision::f32);
  return write_bundle(path, bundle, tiny_values(towers.layout()), type);
}

}  // namespace gemel::test
