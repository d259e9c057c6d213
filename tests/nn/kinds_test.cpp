// Each kind of encoder with every kind of pooling, with and without self-attention over states:
// vectors and the gradients of all parameters against the oracle, and invariance of inference.
#include <gemel/error.hpp>

#include "tests/nn/fixture.hpp"
#include "tests/reference/kinds_reference.hpp"

using namespace gemel;
using namespace gemel::nn;
using namespace gemel::nn::test;

namespace {

constexpr EncoderKind kKinds[] = {EncoderKind::lstm, EncoderKind::gru, EncoderKind::convolution,
                                  EncoderKind::average};

/// Fewer than the fixture's: the oracle goes over them once for every number of the model.
const std::vector<Text> kTexts = {{3, 1, 4, 1, 5}, {9}, {2, 6, 3}};

EncoderConfig tiny_config(EncoderKind kind, std::vector<Pooling> pooling) {
  EncoderConfig c = small_config(std::move(pooling));
  c.kind = kind;
  c.embedding_size = 4;
  c.hidden_size = 2;
  c.attention_size = 3;
  c.attention_heads = 2;
  c.widths = {1, 3, 4};
  return c;
}

/// What validate() accepts of these, over all kinds and subsets of poolings.
std::vector<EncoderConfig> all_configs() {
  std::vector<EncoderConfig> configs;
  for (const EncoderKind kind : kKinds)
    for (unsigned subset = 1; subset < 16; ++subset)
      for (const int heads : {0, 2}) {
        EncoderConfig c = tiny_config(kind, {});
        for (unsigned p = 0; p < 4; ++p)
          if (subset >> p & 1) c.pooling.push_back(static_cast<Pooling>(p));
        c.state_attention_heads = heads;
        const bool attends = subset >> 3;
        c.attention_penalty = attends ? 1.0f : 0.0f;
        try {
          c.validate();
        } catch (const Error&) {
          continue;
        }
        configs.push_back(c);
      }
  return configs;
}

struct Expected {
  std::vector<double> vectors;  // [N, D]
  double penalty = 0;
  reference::Parameters<> gradient;
};

/// Of Σ dout∘vector + penalty_weight · Σ penalty over the texts.
Expected expect(const Model& model, const std::vector<Text>& texts, const std::vector<float>& dout,
                double penalty_weight, const DropoutSeed* seed) {
  const EncoderConfig& config = model.encoder.config();
  const auto objective = [&](const auto& p) {
    auto sum = p.begin()->second[0] * 0.0;
    for (std::size_t n = 0; n < texts.size(); ++n) {
      const auto trace = reference::encode_kind(config, p, texts[n],
                                                oracle_mask(config, seed, static_cast<int>(n)));
      for (std::size_t j = 0; j < trace.vector.size(); ++j)
        sum += trace.vector[j] * double{dout[n * trace.vector.size() + j]};
      sum += trace.penalty * penalty_weight;
    }
    return sum;
  };
  Expected out;
  const reference::Parameters<> p = oracle_parameters(model.values);
  for (std::size_t n = 0; n < texts.size(); ++n) {
    const auto trace =
        reference::encode_kind(config, p, texts[n], oracle_mask(config, seed, static_cast<int>(n)));
    out.vectors.insert(out.vectors.end(), trace.vector.begin(), trace.vector.end());
    out.penalty += trace.penalty;
  }
  out.gradient = reference::complex_step_gradient(p, objective);
  return out;
}

void check(const EncoderConfig& config, const DropoutSeed* seed) {
  Model model(config, Precision::f32);
  const std::vector<Text>& texts = kTexts;
  const TokenBatch batch = lay_out(texts, 2);
  const std::vector<float> found = model.forward(batch, true, seed);
  const std::vector<float> dout = upper_gradient(found.size());
  const double weight = 0.5 * double{config.attention_penalty};
  const double penalty =
      model.encoder.backward(model.context, model.values, model.packed, batch, model.saved,
                             {dout.data(), batch.texts, config.sentence_size()}, model.gradients,
                             model.accumulator, weight);
  model.encoder.finish(model.context, model.accumulator, model.gradients);
  const Expected expected = expect(model, texts, dout, weight, seed);
  CHECK(relative_error(found, expected.vectors) < 1e-5);
  if (!seed) CHECK(relative_error(model.forward(batch), expected.vectors) < 1e-5);  // inference
  CHECK(penalty == doctest::Approx(weight > 0 ? expected.penalty : 0).epsilon(1e-5));
  check_gradients(model, expected.gradient, 3e-5);
}

}  // namespace

TEST_CASE("all kinds, poolings and self-attention: vectors and gradients are the oracle's") {
  const std::vector<EncoderConfig> configs = all_configs();
  CHECK(configs.size() == (15 + 15 + 7 + 3) * 2);  // all, without last, mean and max only
  for (const EncoderConfig& config : configs) {
    CAPTURE(name(config.kind));
    CAPTURE(config.state_attention_heads);
    CAPTURE(config.pooling.size());
    CAPTURE(name(config.pooling[0]));
    check(config, nullptr);
  }
}

TEST_CASE("several layers, dropout, projection and unit length in every kind") {
  const DropoutSeed seed{11};
  for (const EncoderKind kind : kKinds)
    for (int layers = kind == EncoderKind::average ? 0 : 1; layers <= 3; ++layers)
      for (const bool dropped : {false, true}) {
        EncoderConfig c = tiny_config(kind, {Pooling::max, Pooling::mean});
        c.layers = layers;
        c.widths = {2, 5};
        c.state_attention_heads = 2;
        c.projection_size = 4;
        c.unit_length = true;
        c.dropout_embedding = 0.25f;
        c.dropout_layer = 0.5f;
        c.dropout_output = 0.125f;
        c.shortcut = layers > 1 && (kind == EncoderKind::lstm || kind == EncoderKind::gru);
        CAPTURE(name(kind));
        CAPTURE(layers);
        check(c, dropped ? &seed : nullptr);
      }
}

TEST_CASE("every kind: a text's vector does not depend on T, N, neighbours or place") {
  Random random(8);
  std::vector<Text> texts(50);
  for (Text& text : texts) {
    text.resize(1 + random.below(9));
    for (std::int32_t& id : text) id = static_cast<std::int32_t>(random.below(11));
  }
  for (const EncoderKind kind : kKinds)
    for (const std::int64_t size : {6, 32}) {
      EncoderConfig c = small_config({Pooling::mean, Pooling::max});
      if (kind != EncoderKind::average) c.pooling.push_back(Pooling::attention);
      c.kind = kind;
      c.layers = 2;
      c.embedding_size = c.hidden_size = size;
      c.attention_heads = c.state_attention_heads = 2;
      c.projection_size = 24;
      Model model(c, Precision::f32);
      const std::vector<float> together = model.forward(lay_out(texts));
      CHECK(model.forward(lay_out(texts, 5)) == together);
      const std::vector<float> turned =
          model.forward(lay_out(std::vector<Text>(texts.rbegin(), texts.rend()), 1));
      int different = 0;
      for (std::size_t n = 0; n < texts.size(); n += 3) {
        const std::vector<float> alone = model.forward(lay_out({texts[n]}));
        different += !std::equal(alone.begin(), alone.end(),
                                 together.begin() + static_cast<std::ptrdiff_t>(n * 24));
        different += !std::equal(alone.begin(), alone.end(),
                                 turned.end() - static_cast<std::ptrdiff_t>((n + 1) * 24));
      }
      CAPTURE(name(kind));
      CAPTURE(size);
      CHECK(different == 0);
    }
}

TEST_CASE("every kind: gradients of two chunks add up, and buffers leave no trace") {
  for (const EncoderKind kind : kKinds) {
    EncoderConfig c = tiny_config(kind, {Pooling::mean, Pooling::max});
    c.layers = 2;
    c.state_attention_heads = 1;
    Model chunks(c, Precision::f32);
    const std::vector<Text>& texts = kTexts;
    const std::size_t d = static_cast<std::size_t>(c.sentence_size());
    const std::vector<float> dout = upper_gradient(texts.size() * d);
    const Expected expected = expect(chunks, texts, dout, 0, nullptr);
    const std::vector<Text> large(40, Text{1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9});
    chunks.backward(lay_out(large), upper_gradient(chunks.forward(lay_out(large), true).size()));
    chunks.gradients.zero();
    chunks.encoder.zero(chunks.accumulator);
    for (const auto& [first, last] : {std::pair<std::ptrdiff_t, std::ptrdiff_t>{0, 2}, {2, 3}}) {
      const TokenBatch batch = lay_out({texts.begin() + first, texts.begin() + last});
      const auto at = [&](std::ptrdiff_t n) {
        return dout.begin() + n * static_cast<std::ptrdiff_t>(d);
      };
      chunks.forward(batch, true);
      chunks.backward(batch, {at(first), at(last)});
    }
    chunks.encoder.finish(chunks.context, chunks.accumulator, chunks.gradients);
    CAPTURE(name(kind));
    check_gradients(chunks, expected.gradient, 3e-5);
    std::vector<std::int32_t> touched = chunks.gradients.touched_rows(0);
    std::sort(touched.begin(), touched.end());
    CHECK(touched == std::vector<std::int32_t>{1, 2, 3, 4, 5, 6, 9});
  }
}
