// The convolutional encoder: cases worked by hand. tests/nn/kinds_test.cpp has its gradients.
#include <string>
#include <vector>

#include "nn/convolution_layer.hpp"
#include "tests/nn/fixture.hpp"

using namespace gemel;
using namespace gemel::nn;
using namespace gemel::nn::test;

namespace {

/// One filter over embeddings of one float, where token i's is i.
EncoderConfig counting_config(std::vector<int> widths, std::vector<Pooling> pooling) {
  EncoderConfig c;
  c.kind = EncoderKind::convolution;
  c.vocabulary_size = 11;
  c.embedding_size = 1;
  c.hidden_size = 1;
  c.widths = std::move(widths);
  c.pooling = std::move(pooling);
  return c;
}

void set(Model& model, const std::string& name, const std::vector<float>& values) {
  const int index = model.encoder.layout().find(name);
  REQUIRE(index >= 0);
  REQUIRE(model.values.values(index).size() == values.size());
  std::copy(values.begin(), values.end(), model.values.data(index));
}

void set_counting_embedding(Model& model) {
  set(model, "embedding.weight", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
}

}  // namespace

TEST_CASE("windows of 1, 2 and 3 tokens are centred and see zeros beyond the ends") {
  Model model(counting_config({1, 2, 3}, {Pooling::max}), Precision::f32);
  set_counting_embedding(model);
  for (const std::string w : {"1", "2", "3"}) {
    std::vector<float> digits = {1, 100, 10000};  // of the window's places
    digits.resize(static_cast<std::size_t>(std::stoi(w)));
    set(model, "convolution.0.width" + w + ".weight", digits);
    set(model, "convolution.0.width" + w + ".bias", {0});
  }
  model.repack();
  // Of the text 5 2 3: width 2 reads (5,2) (2,3) (3,·), width 3 (·,5,2) (5,2,3) (2,3,·).
  CHECK(model.forward(lay_out({{5, 2, 3}})) == std::vector<float>{5, 302, 30205});
  // A text that is shorter than the window.
  CHECK(model.forward(lay_out({{7}})) == std::vector<float>{7, 7, 700});
  // Neighbours in the batch, and padding, are not seen.
  CHECK(model.forward(lay_out({{5, 2, 3}, {7}, {5, 2, 3}}, 2)) ==
        std::vector<float>{5, 302, 30205, 7, 7, 700, 5, 302, 30205});
}

TEST_CASE("biases are added, and what is negative becomes zero, before the mean") {
  Model model(counting_config({1}, {Pooling::mean}), Precision::f32);
  set_counting_embedding(model);
  set(model, "convolution.0.width1.weight", {-2});
  set(model, "convolution.0.width1.bias", {5});
  model.repack();
  CHECK(model.forward(lay_out({{0, 1, 4, 9}})) == std::vector<float>{2});  // (5 + 3 + 0 + 0) / 4
}

TEST_CASE("a second layer reads the first one's outputs of all widths") {
  EncoderConfig config = counting_config({1, 2}, {Pooling::max});
  config.layers = 2;
  Model model(config, Precision::f32);
  set_counting_embedding(model);
  set(model, "convolution.0.width1.weight", {1});             // 5 2
  set(model, "convolution.0.width2.weight", {0, 1});          // 2 ·
  set(model, "convolution.1.width1.weight", {10, 1});         // 52 20
  set(model, "convolution.1.width2.weight", {0, 0, 1, 100});  // of the next step: 2, then zeros
  for (const char* name : {"0.width1", "0.width2", "1.width1", "1.width2"})
    set(model, std::string("convolution.") + name + ".bias", {0});
  model.repack();
  CHECK(model.forward(lay_out({{5, 2}})) == std::vector<float>{52, 2});
}

TEST_CASE("texts lie end to end with as many zero rows between them as the widest window needs") {
  const std::vector<std::int32_t> lengths = {3, 1, 2};
  const Ragged batch{3, 3, lengths.data()};
  const Line even(batch, 4);
  CHECK(even.lead == 1);
  CHECK(even.tail == 2);
  CHECK(even.first == std::vector<std::int64_t>{0, 5, 8});
  CHECK(even.rows == 12);
  CHECK(even.inputs() == 15);
  CHECK(even.input(1, 2) == 10);
  const Line single(batch, 1);
  CHECK(single.first == std::vector<std::int64_t>{0, 3, 4});
  CHECK(single.inputs() == 6);
}

TEST_CASE("parameters: names, shapes, decay and initial values") {
  EncoderConfig config = small_config({Pooling::max});
  config.kind = EncoderKind::convolution;
  config.widths = {3, 2};
  config.layers = 2;
  const Encoder encoder(config, Precision::f32);
  std::vector<std::string> names;
  for (const ParameterInfo& p : encoder.layout().all()) {
    names.push_back(p.name);
    CHECK(p.decay == !p.name.ends_with(".bias"));
  }
  CHECK(names == std::vector<std::string>{
                     "embedding.weight", "convolution.0.width3.weight", "convolution.0.width3.bias",
                     "convolution.0.width2.weight", "convolution.0.width2.bias",
                     "convolution.1.width3.weight", "convolution.1.width3.bias",
                     "convolution.1.width2.weight", "convolution.1.width2.bias"});
  CHECK(encoder.layout()[1].shape == std::vector<std::int64_t>{3, 5, 6});
  CHECK(encoder.layout()[7].shape == std::vector<std::int64_t>{2, 12, 6});
  ParameterBlock values(encoder.layout());
  Random random(3);
  encoder.initialise(values, random);
  const double limit = std::sqrt(6.0 / (3 * 5));  // He et al. 2015
  double top = 0;
  for (const float v : values.values(1)) top = std::max(top, std::abs(double{v}));
  CHECK(top <= limit);
  CHECK(top > 0.8 * limit);
  for (const float v : values.values(2)) CHECK(v == 0.0f);
}

TEST_CASE("bf16 changes nothing: this kind computes in f32") {
  if (!dnn::supported(Precision::bf16)) return;
  EncoderConfig config = small_config({Pooling::max});
  config.kind = EncoderKind::convolution;
  Model single(config, Precision::f32), half(config, Precision::bf16);
  CHECK(single.forward(lay_out(sample_texts())) == half.forward(lay_out(sample_texts())));
}
