#pragma once
#include <doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "dnn/context.hpp"
#include "nn/dropout.hpp"
#include "nn/encoder.hpp"
#include "tests/reference/encoder_gradient.hpp"

/// What the encoder's tests share: a small encoder with every parameter random, texts of ragged
/// lengths, and the same in the oracle's terms.
namespace gemel::nn::test {

using Text = std::vector<std::int32_t>;

inline EncoderConfig small_config(std::vector<Pooling> pooling = {Pooling::mean}) {
  EncoderConfig c;
  c.vocabulary_size = 11;
  c.embedding_size = 5;
  c.hidden_size = 6;
  c.attention_size = 7;
  c.pooling = std::move(pooling);
  return c;
}

/// Ragged, a length of 1, tokens that repeat within and between texts.
inline const std::vector<Text>& sample_texts() {
  static const std::vector<Text> texts = {
      {3, 1, 4, 1, 5}, {9}, {2, 6, 5, 3}, {5, 8}, {9, 7, 9, 3, 2, 3, 8}};
  return texts;
}

/// `spare` padding steps more than the longest text needs; padding holds ids that do not exist.
inline TokenBatch lay_out(const std::vector<Text>& texts, int spare = 0) {
  TokenBatch batch;
  batch.texts = static_cast<int>(texts.size());
  for (const Text& text : texts) {
    batch.lengths.push_back(static_cast<std::int32_t>(text.size()));
    batch.steps = std::max(batch.steps, batch.lengths.back() + spare);
  }
  batch.ids.assign(static_cast<std::size_t>(batch.steps) * texts.size(), -12345);
  for (std::size_t n = 0; n < texts.size(); ++n)
    for (std::size_t t = 0; t < texts[n].size(); ++t) batch.ids[t * texts.size() + n] = texts[n][t];
  return batch;
}

struct Model {
  Model(const EncoderConfig& config, Precision precision, std::uint64_t seed = 1)
      : encoder(config, precision), values(encoder.layout()), gradients(encoder.layout()) {
    Random random(seed);
    for (std::size_t i = 0; i < encoder.layout().all().size(); ++i)
      for (float& v : values.values(static_cast<int>(i)))
        v = static_cast<float>(random.uniform(-0.6, 0.6));
    repack();
    encoder.zero(accumulator);
  }
  void repack() { encoder.pack(context, values, true, packed); }

  std::vector<float> forward(const TokenBatch& batch, bool training = false,
                             const DropoutSeed* dropout = nullptr) {
    const std::int64_t d = encoder.config().sentence_size();
    std::vector<float> out(static_cast<std::size_t>(batch.texts * d));
    encoder.forward(context, values, packed, batch, {out.data(), batch.texts, d},
                    training ? &saved : nullptr, dropout);
    return out;
  }
  void backward(const TokenBatch& batch, const std::vector<float>& dout) {
    encoder.backward(context, values, packed, batch, saved,
                     {dout.data(), batch.texts, encoder.config().sentence_size()}, gradients,
                     accumulator);
  }

  dnn::Context context;
  Encoder encoder;
  ParameterBlock values;
  GradientBlock gradients;
  Encoder::Packed packed;
  Encoder::Saved saved;
  Encoder::Accumulator accumulator;
};

inline reference::Parameters<> oracle_parameters(const ParameterBlock& values) {
  reference::Parameters<> out;
  for (std::size_t i = 0; i < values.layout().all().size(); ++i) {
    const auto span = values.values(static_cast<int>(i));
    out[values.layout().all()[i].name].assign(span.begin(), span.end());
  }
  return out;
}

/// The masks the library documents: a function of seed, site, step, text and element.
inline reference::MaskFactor oracle_mask(const EncoderConfig& c, const DropoutSeed* seed, int n) {
  if (!seed) return [](int, std::size_t, std::size_t) { return 1.0; };
  const std::uint64_t value = seed->value;
  return [c, value, n](int site, std::size_t t, std::size_t j) {
    const float rate = site < 0    ? c.dropout_output
                       : site == 0 ? c.dropout_embedding
                                   : c.dropout_layer;
    return double{DropoutMask(value, site, rate)
                      .factor(static_cast<int>(t), n, static_cast<std::int64_t>(j))};
  };
}

/// Σ dout∘vector depends on these; deterministic, of either sign.
inline std::vector<float> upper_gradient(std::size_t size) {
  std::vector<float> out(size);
  for (std::size_t i = 0; i < size; ++i)
    out[i] = static_cast<float>(std::sin(1.0 + 0.7 * static_cast<double>(i)));
  return out;
}

inline double largest(const std::vector<double>& values) {
  double top = 0;
  for (const double v : values) top = std::max(top, std::abs(v));
  return top;
}

/// Largest difference, as a share of `scale` or of the largest expected magnitude if that is more.
inline double relative_error(std::span<const float> found, const std::vector<double>& expected,
                             double scale = 1e-30) {
  REQUIRE(found.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double difference = std::abs(double{found[i]} - expected[i]);
    worst = difference <= worst ? worst : difference;  // NaN becomes the worst
  }
  return worst / std::max(scale, largest(expected));
}

/// Checks the gradient of every parameter. The attention bias' gradient is a sum of terms that
/// nearly cancel (a shift of all scores changes nothing), so the scale is that of the weights.
inline void check_gradients(Model& model, const reference::Parameters<>& expected,
                            double tolerance) {
  for (std::size_t i = 0; i < model.encoder.layout().all().size(); ++i) {
    const std::string& name = model.encoder.layout().all()[i].name;
    const double scale =
        name == "attention.bias" ? largest(expected.at("attention.weight")) : 1e-30;
    CAPTURE(name);
    CHECK(relative_error(model.gradients.values(static_cast<int>(i)), expected.at(name), scale) <
          tolerance);
  }
}

}  // namespace gemel::nn::test
