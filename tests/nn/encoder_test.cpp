// The encoder against the double-precision oracle: forward and every gradient.
#include <gemel/error.hpp>

#include "tests/nn/fixture.hpp"

using namespace gemel;
using namespace gemel::nn;
using namespace gemel::nn::test;

namespace {

/// Runs both and compares the vectors and the gradient of every parameter.
void check_against_oracle(const EncoderConfig& config, Precision precision, double tolerance,
                          const DropoutSeed* seed) {
  Model model(config, precision);
  const std::vector<Text>& texts = sample_texts();
  const TokenBatch batch = lay_out(texts, 2);
  const std::vector<float> found = model.forward(batch, true, seed);
  const std::vector<float> dout = upper_gradient(found.size());
  model.backward(batch, dout);
  model.encoder.finish(model.context, model.accumulator, model.gradients);

  const reference::Parameters<> p = oracle_parameters(model.values);
  reference::Parameters<> gradient = reference::zeros_like(p);
  const std::size_t d = static_cast<std::size_t>(config.sentence_size());
  std::vector<double> expected;
  for (std::size_t n = 0; n < texts.size(); ++n) {
    const auto mask = oracle_mask(config, seed, static_cast<int>(n));
    const auto trace = reference::encode(config, p, texts[n], mask);
    expected.insert(expected.end(), trace.vector.begin(), trace.vector.end());
    const std::vector<double> row(dout.data() + n * d, dout.data() + (n + 1) * d);
    reference::encode_backward(config, p, texts[n], mask, trace, row, gradient);
  }
  CHECK(relative_error(found, expected) < tolerance);
  if (!seed) CHECK(relative_error(model.forward(batch), expected) < tolerance);  // inference
  check_gradients(model, gradient, tolerance);
}

void check_all(EncoderKind kind, Precision precision, double tolerance, int layers_with_max) {
  const std::vector<std::vector<Pooling>> poolings = {
      {Pooling::mean},
      {Pooling::max},
      {Pooling::last},
      {Pooling::attention},
      {Pooling::mean, Pooling::max},
      {Pooling::attention, Pooling::last, Pooling::max, Pooling::mean}};
  const DropoutSeed seed{42};
  for (const auto& pooling : poolings)
    for (int layers = 1; layers <= 3; ++layers)
      for (int variant = 0; variant < 4; ++variant) {
        const bool shortcut = (layers + variant) % 2;
        if (layers + shortcut > layers_with_max &&
            std::count(pooling.begin(), pooling.end(), Pooling::max))
          continue;
        EncoderConfig config = small_config(pooling);
        config.kind = kind;
        config.layers = layers;
        config.shortcut = shortcut;
        config.attention_heads = layers;  // 1 to 3 heads
        config.projection_size = variant % 2 ? 8 : 0;
        config.unit_length = variant / 2;
        config.dropout_embedding = 0.25f;
        config.dropout_layer = 0.5f;
        config.dropout_output = 0.125f;
        CAPTURE(pooling.size());
        CAPTURE(name(pooling[0]));
        CAPTURE(layers);
        CAPTURE(variant);
        check_against_oracle(config, precision, tolerance, variant == 1 ? nullptr : &seed);
      }
}

}  // namespace

TEST_CASE("f32: vectors and all gradients agree with the oracle within 1e-5") {
  check_all(EncoderKind::lstm, Precision::f32, 1e-5, 4);
  check_all(EncoderKind::gru, Precision::f32, 1e-5, 4);
}

// bf16 keeps 8 bits, a relative step of 2^-9 per rounding; three layers of rounded inputs, states
// and weights compound it. Measured against each tensor's largest element. States of a third layer
// lie so close together that rounding moves the maximum to another step, and with it the gradient;
// a GRU's, which keep a share of the state before, already those of the first.
TEST_CASE("bf16: vectors and all gradients agree with the oracle within 4 %") {
  if (!dnn::supported(Precision::bf16)) return;
  check_all(EncoderKind::lstm, Precision::bf16, 0.03, 2);
  check_all(EncoderKind::gru, Precision::bf16, 0.04, 0);
}

TEST_CASE("sizes that fill whole vector registers agree with the oracle") {
  EncoderConfig config = small_config({Pooling::mean, Pooling::max, Pooling::attention});
  config.embedding_size = 64;
  config.hidden_size = 48;
  config.attention_size = 32;
  config.attention_heads = 2;
  config.layers = 2;
  config.projection_size = 40;
  config.dropout_embedding = 0.1f;
  config.dropout_layer = 0.3f;
  const DropoutSeed seed{3};
  check_against_oracle(config, Precision::f32, 1e-5, &seed);
}

TEST_CASE("gradients of two chunks add up to those of the oracle over all texts") {
  EncoderConfig config = small_config({Pooling::mean, Pooling::attention});
  config.projection_size = 4;
  Model model(config, Precision::f32);
  const std::vector<Text>& texts = sample_texts();
  const std::vector<std::vector<Text>> chunks = {{texts[0], texts[1]},
                                                 {texts[2], texts[3], texts[4]}};
  const std::vector<float> dout = upper_gradient(texts.size() * 4);
  std::size_t done = 0;
  for (const auto& chunk : chunks) {
    const TokenBatch batch = lay_out(chunk);
    model.forward(batch, true);
    model.backward(batch, {dout.begin() + static_cast<std::ptrdiff_t>(done * 4),
                           dout.begin() + static_cast<std::ptrdiff_t>((done + chunk.size()) * 4)});
    done += chunk.size();
  }
  model.encoder.finish(model.context, model.accumulator, model.gradients);
  const reference::Parameters<> p = oracle_parameters(model.values);
  reference::Parameters<> gradient = reference::zeros_like(p);
  for (std::size_t n = 0; n < texts.size(); ++n) {
    const auto mask = oracle_mask(config, nullptr, 0);
    const auto trace = reference::encode(config, p, texts[n], mask);
    reference::encode_backward(config, p, texts[n], mask, trace,
                               {dout.begin() + static_cast<std::ptrdiff_t>(n * 4),
                                dout.begin() + static_cast<std::ptrdiff_t>((n + 1) * 4)},
                               gradient);
  }
  check_gradients(model, gradient, 1e-5);
  // tokens 0 and 10 occur nowhere
  std::vector<std::int32_t> touched = model.gradients.touched_rows(0);
  std::sort(touched.begin(), touched.end());
  CHECK(touched == std::vector<std::int32_t>{1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("rows of out and dout may lie apart") {
  EncoderConfig config = small_config({Pooling::max, Pooling::last});
  config.unit_length = true;
  for (const std::int64_t projection : {0, 4}) {
    config.projection_size = projection;
    Model apart(config, Precision::f32), together(config, Precision::f32);
    const TokenBatch batch = lay_out(sample_texts());
    const std::int64_t d = config.sentence_size(), stride = d + 3;
    const std::vector<float> expected = together.forward(batch, true);
    const std::vector<float> dout = upper_gradient(expected.size());
    together.backward(batch, dout);
    std::vector<float> wide(static_cast<std::size_t>(batch.texts * stride), 7.0f), wide_dout = wide;
    for (std::size_t i = 0; i < dout.size(); ++i)
      wide_dout[i / static_cast<std::size_t>(d) * static_cast<std::size_t>(stride) +
                i % static_cast<std::size_t>(d)] = dout[i];
    apart.encoder.forward(apart.context, apart.values, apart.packed, batch,
                          {wide.data(), batch.texts, d, stride}, &apart.saved, nullptr);
    apart.encoder.backward(apart.context, apart.values, apart.packed, batch, apart.saved,
                           {wide_dout.data(), batch.texts, d, stride}, apart.gradients,
                           apart.accumulator);
    int wrong = 0;
    for (std::int64_t i = 0; i < batch.texts * stride; ++i)
      wrong +=
          wide[static_cast<std::size_t>(i)] !=
          (i % stride < d ? expected[static_cast<std::size_t>(i / stride * d + i % stride)] : 7.0f);
    CHECK(wrong == 0);
    CHECK(std::equal(apart.gradients.all().begin(), apart.gradients.all().end(),
                     together.gradients.all().begin()));
    CHECK(together.gradients.squared_norm() > 0);
  }
}

TEST_CASE("pooled vectors behind the embeddings, before dropout, and their gradients") {
  EncoderConfig config = small_config({Pooling::mean, Pooling::max});
  config.projection_size = 4;
  config.unit_length = true;
  config.dropout_output = 0.5f;
  const DropoutSeed seed{42};
  Model model(config, Precision::f32);
  const TokenBatch batch = lay_out(sample_texts());
  const std::int64_t d = 4, width = d + config.pooled_size();
  std::vector<float> out(static_cast<std::size_t>(batch.texts * width));
  model.encoder.forward(model.context, model.values, model.packed, batch,
                        {out.data(), batch.texts, width}, &model.saved, &seed);
  const std::vector<float> dout = upper_gradient(out.size());
  model.encoder.backward(model.context, model.values, model.packed, batch, model.saved,
                         {dout.data(), batch.texts, width}, model.gradients, model.accumulator);
  model.encoder.finish(model.context, model.accumulator, model.gradients);

  // The embeddings' part with the masks, the pooled part as an encoder without a projection.
  EncoderConfig bare = config;
  bare.projection_size = 0;
  bare.unit_length = false;
  bare.dropout_output = 0;
  const reference::Parameters<> p = oracle_parameters(model.values);
  reference::Parameters<> gradient = reference::zeros_like(p);
  std::vector<double> expected;
  for (std::size_t n = 0; n < sample_texts().size(); ++n) {
    const Text& text = sample_texts()[n];
    const auto mask = oracle_mask(config, &seed, static_cast<int>(n));
    const auto none = oracle_mask(bare, nullptr, 0);
    const auto trace = reference::encode(config, p, text, mask);
    const auto pooled = reference::encode(bare, p, text, none);
    const float* from = dout.data() + static_cast<std::int64_t>(n) * width;
    expected.insert(expected.end(), trace.vector.begin(), trace.vector.end());
    expected.insert(expected.end(), pooled.vector.begin(), pooled.vector.end());
    reference::encode_backward(config, p, text, mask, trace, {from, from + d}, gradient);
    reference::encode_backward(bare, p, text, none, pooled, {from + d, from + width}, gradient);
  }
  CHECK(relative_error(out, expected) < 1e-5);
  check_gradients(model, gradient, 1e-5);
}

TEST_CASE("zero() forgets the accumulated LSTM gradients") {
  Model model(small_config(), Precision::f32);
  const TokenBatch batch = lay_out(sample_texts());
  const std::vector<float> out = model.forward(batch, true);
  model.backward(batch, upper_gradient(out.size()));
  model.encoder.zero(model.accumulator);
  model.gradients.zero();
  model.encoder.finish(model.context, model.accumulator, model.gradients);
  CHECK(model.gradients.squared_norm() == 0.0);
}

TEST_CASE("a zero vector stays zero under unit length, with zero gradients") {
  EncoderConfig config = small_config();
  config.projection_size = 3;
  config.unit_length = true;
  Model model(config, Precision::f32);
  for (float& v : model.values.all()) v = 0;
  model.repack();
  const TokenBatch batch = lay_out(sample_texts());
  const std::vector<float> out = model.forward(batch, true);
  for (const float v : out) CHECK(v == 0.0f);
  model.backward(batch, upper_gradient(out.size()));
  model.encoder.finish(model.context, model.accumulator, model.gradients);
  CHECK(model.gradients.squared_norm() == 0.0);
}

TEST_CASE("attention weights sum to one over each text and equal the oracle's") {
  EncoderConfig config = small_config({Pooling::max, Pooling::attention});
  config.attention_heads = 3;
  config.layers = 3;
  Model model(config, Precision::f32);
  const auto found = model.encoder.attention(model.context, model.values, model.packed,
                                             lay_out(sample_texts(), 3));
  REQUIRE(found.size() == sample_texts().size());
  for (std::size_t n = 0; n < found.size(); ++n) {
    const std::size_t length = sample_texts()[n].size();
    REQUIRE(found[n].size() == 3 * length);
    const auto trace = reference::encode(config, oracle_parameters(model.values), sample_texts()[n],
                                         oracle_mask(config, nullptr, 0));
    for (std::size_t k = 0; k < 3; ++k) {
      const std::span<const float> row(found[n].data() + k * length, length);
      CHECK(relative_error(row, trace.weights[k]) < 1e-5);
      double sum = 0;
      for (const float w : row) sum += w;
      CHECK(sum == doctest::Approx(1.0).epsilon(1e-6));
    }
  }
}

TEST_CASE("attention() without attention pooling says so") {
  Model model(small_config(), Precision::f32);
  CHECK_THROWS_WITH_AS(
      model.encoder.attention(model.context, model.values, model.packed, lay_out({{1}})),
      "pooling: has no attention, so there are no weights per token; train a model whose pooling "
      "includes attention",
      Error);
}

TEST_CASE("an encoder in a shared layout gives the vectors and gradients of one that is alone") {
  EncoderConfig config = small_config({Pooling::max, Pooling::attention});
  config.projection_size = 3;
  ParameterLayout shared;
  const Encoder neighbour(small_config(), Precision::f32, shared, "first/");
  const Encoder encoder(config, Precision::f32, shared, "second/");
  ParameterBlock values(shared);
  GradientBlock gradients(shared);
  Model alone(config, Precision::f32);
  const int offset = shared.find("second/embedding.weight");
  const int count = static_cast<int>(alone.encoder.layout().all().size());
  for (int i = 0; i < count; ++i)
    std::ranges::copy(alone.values.values(i), values.data(offset + i));
  Encoder::Packed packed;
  Encoder::Saved saved;
  Encoder::Accumulator accumulator;
  encoder.pack(alone.context, values, true, packed);
  encoder.zero(accumulator);
  const TokenBatch batch = lay_out(sample_texts());
  const std::vector<float> expected = alone.forward(batch, true);
  std::vector<float> found(expected.size());
  encoder.forward(alone.context, values, packed, batch, {found.data(), batch.texts, 3}, &saved,
                  nullptr);
  CHECK(found == expected);
  const std::vector<float> dout = upper_gradient(found.size());
  alone.backward(batch, dout);
  alone.encoder.finish(alone.context, alone.accumulator, alone.gradients);
  encoder.backward(alone.context, values, packed, batch, saved, {dout.data(), batch.texts, 3},
                   gradients, accumulator);
  encoder.finish(alone.context, accumulator, gradients);
  for (int i = 0; i < count; ++i)
    CHECK(std::ranges::equal(gradients.values(offset + i), alone.gradients.values(i)));
  CHECK(gradients.squared_norm() == doctest::Approx(alone.gradients.squared_norm()).epsilon(1e-12));
}

TEST_CASE("a step along the gradient changes the output by the gradient's square, oracle or not") {
  for (const Precision precision : {Precision::f32, Precision::bf16})
    for (const EncoderKind kind : {EncoderKind::lstm, EncoderKind::gru}) {
      if (!dnn::supported(precision)) continue;
      CAPTURE(name(precision));
      CAPTURE(name(kind));
      EncoderConfig config = small_config({Pooling::mean, Pooling::attention, Pooling::last});
      config.kind = kind;
      config.layers = 3;
      config.shortcut = true;
      config.hidden_size = 16;
      config.projection_size = 8;
      Model model(config, precision);
      const TokenBatch batch = lay_out(sample_texts());
      const std::vector<float> out = model.forward(batch, true), dout = upper_gradient(out.size());
      model.backward(batch, dout);
      model.encoder.finish(model.context, model.accumulator, model.gradients);
      const double square = model.gradients.squared_norm(), step = 0.02 / std::sqrt(square);
      const std::vector<float> centre(model.values.all().begin(), model.values.all().end());
      const auto stepped = [&](double by) {
        for (std::size_t i = 0; i < centre.size(); ++i)
          model.values.all()[i] =
              static_cast<float>(centre[i] + by * double{model.gradients.all()[i]});
        model.repack();
        const std::vector<float> found = model.forward(batch, true);
        double sum = 0;
        for (std::size_t i = 0; i < found.size(); ++i) sum += double{found[i]} * double{dout[i]};
        return sum;
      };
      const double slope = (stepped(step) - stepped(-step)) / (2 * step);
      CHECK(slope == doctest::Approx(square).epsilon(precision == Precision::f32 ? 1e-3 : 0.03));
    }
}
