// The averaging encoder: cases worked by hand. tests/nn/kinds_test.cpp has its gradients.
#include <cmath>
#include <string>
#include <vector>

#include "tests/nn/fixture.hpp"

using namespace gemel;
using namespace gemel::nn;
using namespace gemel::nn::test;

namespace {

EncoderConfig average_config(int layers, std::vector<Pooling> pooling) {
  EncoderConfig c = small_config(std::move(pooling));
  c.kind = EncoderKind::average;
  c.layers = layers;
  return c;
}

void set(Model& model, const std::string& name, const std::vector<float>& values) {
  const int index = model.encoder.layout().find(name);
  REQUIRE(index >= 0);
  REQUIRE(model.values.values(index).size() == values.size());
  std::copy(values.begin(), values.end(), model.values.data(index));
}

}  // namespace

TEST_CASE("without layers the vector is the pooled embeddings") {
  EncoderConfig config = average_config(0, {Pooling::max, Pooling::mean});
  config.vocabulary_size = 8;
  config.embedding_size = 2;
  Model model(config, Precision::f32);
  set(model, "embedding.weight", {0, 0, 1, 10, 2, 20, 3, -30, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK(model.forward(lay_out({{1, 3}, {2}, {2, 2, 2, 3}}, 1)) ==
        std::vector<float>{3, 10, 2, -10, 2, 20, 2, 20, 3, 20, 2.25f, 7.5f});
}

TEST_CASE("layers are dense with tanh") {
  EncoderConfig config = average_config(2, {Pooling::mean});
  config.vocabulary_size = 8;
  config.embedding_size = 1;
  config.hidden_size = 2;
  Model model(config, Precision::f32);
  set(model, "embedding.weight", {0, 0.5f, 1, 0, 0, 0, 0, 0});
  set(model, "feed_forward.0.weight", {2, -1});
  set(model, "feed_forward.0.bias", {0.5f, 0});
  set(model, "feed_forward.1.weight", {1, 2, 3, 4});
  set(model, "feed_forward.1.bias", {0, -1});
  const std::vector<float> found = model.forward(lay_out({{1, 2}}));  // mean 0.75
  const double a = std::tanh(2 * 0.75 + 0.5), b = std::tanh(-0.75);
  REQUIRE(found.size() == 2);
  CHECK(double{found[0]} == doctest::Approx(std::tanh(a + 3 * b)).epsilon(1e-6));
  CHECK(double{found[1]} == doctest::Approx(std::tanh(2 * a + 4 * b - 1)).epsilon(1e-6));
}

TEST_CASE("the order of tokens does not matter") {
  Model model(average_config(1, {Pooling::max, Pooling::mean}), Precision::f32);
  const std::vector<float> there = model.forward(lay_out({{3, 1, 4, 5}}));
  const std::vector<float> back = model.forward(lay_out({{5, 4, 1, 3}}));
  CHECK(relative_error(there, {back.begin(), back.end()}) < 1e-6);
  const std::vector<float> other = model.forward(lay_out({{3, 1, 4, 6}}));
  CHECK(relative_error(there, {other.begin(), other.end()}) > 1e-3);
}

TEST_CASE("parameters: names, shapes, decay and initial values") {
  const Encoder encoder(average_config(2, {Pooling::max, Pooling::mean}), Precision::f32);
  std::vector<std::string> names;
  for (const ParameterInfo& p : encoder.layout().all()) {
    names.push_back(p.name);
    CHECK(p.decay == !p.name.ends_with(".bias"));
  }
  CHECK(names == std::vector<std::string>{"embedding.weight", "feed_forward.0.weight",
                                          "feed_forward.0.bias", "feed_forward.1.weight",
                                          "feed_forward.1.bias"});
  CHECK(encoder.layout()[0].row_sparse);
  CHECK(encoder.layout()[1].shape == std::vector<std::int64_t>{10, 6});
  CHECK(encoder.layout()[3].shape == std::vector<std::int64_t>{6, 6});
  ParameterBlock values(encoder.layout());
  Random random(3);
  encoder.initialise(values, random);
  const double limit = std::sqrt(6.0 / (10 + 6));  // Glorot and Bengio 2010
  double top = 0;
  for (const float v : values.values(1)) top = std::max(top, std::abs(double{v}));
  CHECK(top <= limit);
  CHECK(top > 0.8 * limit);
  for (const float v : values.values(2)) CHECK(v == 0.0f);
}
