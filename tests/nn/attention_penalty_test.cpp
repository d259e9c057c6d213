// The redundancy of attention heads, worked by hand and by finite differences.
#include "nn/attention_penalty.hpp"

#include <doctest.h>

#include <cmath>
#include <vector>

#include "tests/nn/fixture.hpp"
#include "tests/reference/finite_differences.hpp"

using namespace gemel;
using namespace gemel::nn;
using namespace gemel::nn::test;

namespace {

double penalty_of(int steps, const std::vector<std::int32_t>& lengths, int heads,
                  const std::vector<float>& weights) {
  std::vector<float> dweights(weights.size());
  const Ragged batch{steps, static_cast<int>(lengths.size()), lengths.data()};
  return attention_penalty(batch, heads, weights.data(), 1.0, dweights.data());
}

}  // namespace

TEST_CASE("heads that look at one token each, and at different ones, are not penalised") {
  CHECK(penalty_of(2, {2}, 2, {1, 0, 0, 1}) == 0.0);
}

TEST_CASE("heads that look at the same token: the two entries off the diagonal are 1") {
  CHECK(penalty_of(2, {2}, 2, {1, 1, 0, 0}) == 2.0);
}

TEST_CASE("a single head that spreads over two tokens: (1/2 - 1)^2") {
  CHECK(penalty_of(2, {2}, 1, {0.5f, 0.5f}) == 0.25);
}

TEST_CASE("texts add up, and padding counts for nothing") {
  // Two texts of lengths 1 and 2, two heads: [T, N, heads]. Text 0 has one token, which both heads
  // must look at.
  const float nan = std::nanf("");
  const std::vector<float> weights = {1, 1, 1, 0, nan, nan, 0, 1};
  CHECK(penalty_of(2, {1, 2}, 2, weights) == 2.0);
}

TEST_CASE("the gradient is that of finite differences, times the factor, and zero on padding") {
  const std::vector<std::int32_t> lengths = {4, 1, 3};
  const int steps = 5, heads = 3;
  const Ragged batch{steps, 3, lengths.data()};
  Random random(2);
  std::vector<float> weights(static_cast<std::size_t>(batch.rows() * heads));
  for (float& w : weights) w = static_cast<float>(random.uniform());
  std::vector<float> dweights(weights.size(), 7.0f);
  const double found = attention_penalty(batch, heads, weights.data(), 0.25, dweights.data());

  std::vector<double> at(weights.begin(), weights.end());
  const auto value = [&](int t, int n, int k) {
    return at[static_cast<std::size_t>(batch.row(t, n) * heads + k)];
  };
  const auto penalty = [&] {
    double sum = 0;
    for (int n = 0; n < 3; ++n)
      for (int i = 0; i < heads; ++i)
        for (int j = 0; j < heads; ++j) {
          double entry = i == j ? -1 : 0;
          for (int t = 0; t < lengths[static_cast<std::size_t>(n)]; ++t)
            entry += value(t, n, i) * value(t, n, j);
          sum += entry * entry;
        }
    return sum;
  };
  CHECK(found == doctest::Approx(penalty()).epsilon(1e-12));
  std::vector<double> expected = reference::numeric_gradient(penalty, at);
  for (double& g : expected) g *= 0.25;
  CHECK(relative_error(dweights, expected) < 1e-6);
  for (int k = 0; k < heads; ++k)
    CHECK(dweights[static_cast<std::size_t>(batch.row(4, 0) * heads + k)] == 0.0f);
}

TEST_CASE("an encoder's penalty gets smaller along its gradient") {
  EncoderConfig config = small_config({Pooling::attention});
  config.attention_heads = 3;
  Model model(config, Precision::f32);
  const TokenBatch batch = lay_out(sample_texts());
  const auto step = [&](double weight) {
    const std::vector<float> out = model.forward(batch, true);
    const std::vector<float> nothing(out.size());
    return model.encoder.backward(model.context, model.values, model.packed, batch, model.saved,
                                  {nothing.data(), batch.texts, config.sentence_size()},
                                  model.gradients, model.accumulator, weight);
  };
  CHECK(step(0) == 0.0);  // and no gradient: see below
  model.encoder.finish(model.context, model.accumulator, model.gradients);
  CHECK(model.gradients.squared_norm() == 0.0);
  const double before = step(1);
  model.encoder.finish(model.context, model.accumulator, model.gradients);
  CHECK(before > 0);
  const double slope = model.gradients.squared_norm();
  const float rate = static_cast<float>(0.001 * before / slope);
  for (std::size_t i = 0; i < model.values.all().size(); ++i)
    model.values.all()[i] -= rate * model.gradients.all()[i];
  model.repack();
  model.gradients.zero();
  model.encoder.zero(model.accumulator);
  // To first order, this step along the gradient takes a thousandth off.
  CHECK((before - step(1)) / before == doctest::Approx(0.001).epsilon(0.1));
}
