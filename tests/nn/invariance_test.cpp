// Same text, same vector: bit for bit, whatever stands beside it.
#include <cstring>
#include <thread>

#include "tests/nn/fixture.hpp"

using namespace gemel;
using namespace gemel::nn;
using namespace gemel::nn::test;

namespace {

std::vector<Text> random_texts(int count, std::uint64_t seed) {
  Random random(seed);
  std::vector<Text> texts(static_cast<std::size_t>(count));
  for (Text& text : texts) {
    text.resize(1 + random.below(9));
    for (std::int32_t& id : text) id = static_cast<std::int32_t>(random.below(11));
  }
  return texts;
}

/// Whether row n of `rows` equals `row` in every bit.
bool same_bits(const std::vector<float>& rows, std::size_t n, const std::vector<float>& row) {
  return std::memcmp(rows.data() + n * row.size(), row.data(), row.size() * sizeof(float)) == 0;
}

EncoderConfig config_for(int hidden, std::vector<Pooling> pooling) {
  EncoderConfig config = small_config(std::move(pooling));
  config.embedding_size = hidden;
  config.hidden_size = hidden;
  config.layers = 2;
  config.attention_heads = 2;
  return config;
}

void check_invariance(const EncoderConfig& config, Precision precision) {
  Model model(config, precision);
  for (const int count : {2, 5, 16, 33, 70}) {
    const std::vector<Text> texts = random_texts(count, static_cast<std::uint64_t>(count));
    const std::vector<float> together = model.forward(lay_out(texts));
    const std::vector<float> padded = model.forward(lay_out(texts, 5));
    CAPTURE(count);
    CHECK(together == padded);
    std::vector<Text> turned(texts.rbegin(), texts.rend());
    const std::vector<float> reversed = model.forward(lay_out(turned));
    int different = 0;
    for (std::size_t n = 0; n < texts.size(); ++n) {
      const std::vector<float> alone = model.forward(lay_out({texts[n]}));
      different += !same_bits(together, n, alone);
      different += !same_bits(reversed, texts.size() - 1 - n, alone);
    }
    CHECK(different == 0);
  }
}

}  // namespace

TEST_CASE("a text's vector does not depend on T, N, neighbours or place") {
  const std::vector<std::vector<Pooling>> poolings = {
      {Pooling::mean}, {Pooling::max}, {Pooling::last}, {Pooling::attention}};
  for (const Precision precision : {Precision::f32, Precision::bf16}) {
    if (!dnn::supported(precision)) continue;
    for (const int hidden : {6, 32}) {
      CAPTURE(name(precision));
      CAPTURE(hidden);
      for (const auto& pooling : poolings) {
        CAPTURE(name(pooling[0]));
        EncoderConfig config = config_for(hidden, pooling);
        check_invariance(config, precision);
      }
      EncoderConfig config = config_for(hidden, {Pooling::mean, Pooling::max, Pooling::attention});
      config.projection_size = 24;
      config.unit_length = true;
      check_invariance(config, precision);
    }
  }
}

TEST_CASE("nor does it with a GRU or with shortcuts") {
  for (const Precision precision : {Precision::f32, Precision::bf16})
    for (const EncoderKind kind : {EncoderKind::lstm, EncoderKind::gru}) {
      if (!dnn::supported(precision)) continue;
      CAPTURE(name(precision));
      CAPTURE(name(kind));
      EncoderConfig config = config_for(24, {Pooling::max, Pooling::last, Pooling::attention});
      config.kind = kind;
      config.layers = 3;
      config.shortcut = true;
      check_invariance(config, precision);
    }
}

TEST_CASE("one encoder serves several threads, each with its own context") {
  EncoderConfig config = config_for(16, {Pooling::mean, Pooling::attention});
  Model model(config, Precision::f32);
  const TokenBatch batch = lay_out(random_texts(20, 9));
  const std::vector<float> expected = model.forward(batch);
  std::vector<std::vector<float>> found(3);
  std::vector<std::thread> threads;
  for (std::vector<float>& out : found)
    threads.emplace_back([&] {
      dnn::Context context;
      out.resize(expected.size());
      for (int repeat = 0; repeat < 3; ++repeat)
        model.encoder.forward(context, model.values, model.packed, batch,
                              {out.data(), batch.texts, config.sentence_size()}, nullptr, nullptr);
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<float>& out : found) CHECK(out == expected);
}

TEST_CASE("buffers that served a larger batch leave no trace in a smaller one") {
  Model fresh(config_for(6, {Pooling::max, Pooling::attention}), Precision::f32);
  Model used(config_for(6, {Pooling::max, Pooling::attention}), Precision::f32);
  const TokenBatch large = lay_out(random_texts(40, 4), 3);
  used.backward(large, upper_gradient(used.forward(large, true).size()));
  used.gradients.zero();
  used.encoder.zero(used.accumulator);
  used.forward(lay_out(random_texts(40, 5), 3));
  const TokenBatch batch = lay_out(sample_texts(), 1);
  CHECK(used.forward(batch) == fresh.forward(batch));
  const std::vector<float> out = fresh.forward(batch, true);
  CHECK(used.forward(batch, true) == out);
  for (Model* model : {&used, &fresh}) {
    model->backward(batch, upper_gradient(out.size()));
    model->encoder.finish(model->context, model->accumulator, model->gradients);
  }
  CHECK(fresh.gradients.squared_norm() > 0);
  CHECK(std::equal(used.gradients.all().begin(), used.gradients.all().end(),
                   fresh.gradients.all().begin()));
}

TEST_CASE("the same dropout seed gives the same pass, another seed another one") {
  EncoderConfig config = small_config();
  config.dropout_embedding = 0.5f;
  Model model(config, Precision::f32);
  const TokenBatch batch = lay_out(sample_texts());
  const DropoutSeed one{1}, two{2};
  const std::vector<float> first = model.forward(batch, true, &one);
  CHECK(model.forward(batch, true, &one) == first);
  CHECK(model.forward(batch, true, &two) != first);
  CHECK(model.forward(batch, true) != first);
}
