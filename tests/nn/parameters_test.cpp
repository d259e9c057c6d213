// The encoder's parameter list and its initial values.
#include <gemel/error.hpp>

#include "tests/nn/fixture.hpp"

using namespace gemel;
using namespace gemel::nn;
using namespace gemel::nn::test;

TEST_CASE("the layout names every parameter with its shape and traits") {
  EncoderConfig config = small_config({Pooling::mean, Pooling::attention});
  config.layers = 2;
  config.attention_heads = 3;
  config.projection_size = 4;
  const Encoder encoder(config, Precision::f32);
  struct Row {
    std::string name;
    std::vector<std::int64_t> shape;
    bool sparse, decay;
  };
  const std::vector<Row> expected = {{"embedding.weight", {11, 5}, true, true},
                                     {"lstm.0.forward.weight_layer", {5, 4, 6}, false, true},
                                     {"lstm.0.forward.weight_iter", {6, 4, 6}, false, true},
                                     {"lstm.0.forward.bias", {4, 6}, false, false},
                                     {"lstm.0.backward.weight_layer", {5, 4, 6}, false, true},
                                     {"lstm.0.backward.weight_iter", {6, 4, 6}, false, true},
                                     {"lstm.0.backward.bias", {4, 6}, false, false},
                                     {"lstm.1.forward.weight_layer", {12, 4, 6}, false, true},
                                     {"lstm.1.forward.weight_iter", {6, 4, 6}, false, true},
                                     {"lstm.1.forward.bias", {4, 6}, false, false},
                                     {"lstm.1.backward.weight_layer", {12, 4, 6}, false, true},
                                     {"lstm.1.backward.weight_iter", {6, 4, 6}, false, true},
                                     {"lstm.1.backward.bias", {4, 6}, false, false},
                                     {"attention.weight", {12, 7}, false, true},
                                     {"attention.bias", {7}, false, false},
                                     {"attention.vector", {7, 3}, false, true},
                                     {"projection.weight", {48, 4}, false, true},
                                     {"projection.bias", {4}, false, false}};
  REQUIRE(encoder.layout().all().size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const ParameterInfo& found = encoder.layout().all()[i];
    CAPTURE(found.name);
    CHECK(found.name == expected[i].name);
    CHECK(found.shape == expected[i].shape);
    CHECK(found.row_sparse == expected[i].sparse);
    CHECK(found.decay == expected[i].decay);
  }
}

TEST_CASE("a GRU has three gates, and shortcuts widen what upper layers read") {
  EncoderConfig config = small_config({Pooling::mean});
  config.kind = EncoderKind::gru;
  config.layers = 3;
  config.shortcut = true;
  const Encoder encoder(config, Precision::f32);
  const auto shape = [&](const std::string& parameter) {
    const int index = encoder.layout().find(parameter);
    REQUIRE(index >= 0);
    return encoder.layout()[index].shape;
  };
  using Shape = std::vector<std::int64_t>;
  CHECK(encoder.layout().all().size() == 1 + 3 * 2 * 3);
  CHECK(shape("gru.0.forward.weight_layer") == Shape{5, 3, 6});
  CHECK(shape("gru.1.backward.weight_layer") == Shape{5 + 12, 3, 6});
  CHECK(shape("gru.2.forward.weight_layer") == Shape{5 + 24, 3, 6});
  CHECK(shape("gru.2.backward.weight_iter") == Shape{6, 3, 6});
  CHECK(shape("gru.2.backward.bias") == Shape{3, 6});
  ParameterBlock values(encoder.layout());
  Random random(4);
  encoder.initialise(values, random);
  for (const float v : values.values(encoder.layout().find("gru.1.forward.bias"))) CHECK(v == 0);
}

TEST_CASE("initial values have the stated spreads, and the same seed gives the same values") {
  EncoderConfig config = small_config({Pooling::attention});
  config.vocabulary_size = 500;
  config.embedding_size = 32;
  config.hidden_size = 24;
  config.projection_size = 16;
  const Encoder encoder(config, Precision::f32);
  ParameterBlock a(encoder.layout()), b(encoder.layout());
  Random one(4), same(4);
  encoder.initialise(a, one);
  encoder.initialise(b, same);
  CHECK(std::equal(a.all().begin(), a.all().end(), b.all().begin()));
  const auto spread = [&](const char* parameter) {  // standard deviation about zero
    double sum = 0;
    const auto values = a.values(encoder.layout().find(parameter));
    for (const float v : values) sum += double{v} * double{v};
    return std::sqrt(sum / static_cast<double>(values.size()));
  };
  CHECK(spread("embedding.weight") == doctest::Approx(0.1).epsilon(0.03));
  // Glorot: sqrt(2 / (in + out)); recurrent: sqrt(1 / H)
  CHECK(spread("lstm.0.forward.weight_layer") ==
        doctest::Approx(std::sqrt(2.0 / (32 + 24))).epsilon(0.05));
  CHECK(spread("lstm.0.backward.weight_iter") ==
        doctest::Approx(std::sqrt(1.0 / 24)).epsilon(0.05));
  CHECK(spread("attention.weight") == doctest::Approx(std::sqrt(2.0 / (48 + 7))).epsilon(0.15));
  CHECK(spread("projection.weight") == doctest::Approx(std::sqrt(2.0 / (48 + 16))).epsilon(0.1));
  const float* bias = a.data(encoder.layout().find("lstm.0.backward.bias"));
  for (int j = 0; j < 4 * 24; ++j) CHECK(bias[j] == (j / 24 == 1 ? 1.0f : 0.0f));
}

TEST_CASE("a config out of range is refused by name") {
  EncoderConfig config = small_config();
  config.hidden_size = 0;
  CHECK_THROWS_WITH_AS(Encoder(config, Precision::f32), "hidden_size: is 0; allowed is 1 to 4096",
                       Error);
}

TEST_CASE("a config whose fields do not go together is refused by name") {
  const auto refusal = [](auto&& change) {
    EncoderConfig config = small_config();
    change(config);
    try {
      config.validate();
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  using C = EncoderConfig;
  CHECK(refusal([](C&) {}) == "accepted");
  CHECK(refusal([](C& c) { c.layers = 0; }) == "layers: is 0; allowed is 1 to 8");
  CHECK(refusal([](C& c) {
          c.layers = 0;
          c.kind = EncoderKind::average;
        }) == "accepted");
  CHECK(refusal([](C& c) {
          c.kind = EncoderKind::convolution;
          c.shortcut = true;
        }) ==
        "shortcut: is on, which kind cnn does not have; choose kind lstm or gru, or leave it off");
  CHECK(refusal([](C& c) {
          c.kind = EncoderKind::convolution;
          c.pooling = {Pooling::last};
        }) == "pooling: is last, which kind cnn does not have; choose among mean, max, attention");
  CHECK(refusal([](C& c) {
          c.kind = EncoderKind::average;
          c.pooling = {Pooling::mean, Pooling::attention};
        }) == "pooling: is attention, which kind average does not have; choose among mean, max");
  CHECK(refusal([](C& c) { c.widths = {}; }) == "widths: is empty; name one or more, 1 to 16");
  CHECK(refusal([](C& c) { c.widths = {3, 17}; }) == "widths: is 17; allowed is 1 to 16");
  CHECK(refusal([](C& c) {
          c.widths = {2, 3, 2};
        }) == "widths: names a width twice; name each once");
  CHECK(refusal([](C& c) { c.state_attention_heads = 5; }) ==
        "state_attention_heads: is 5, which does not divide the states' width 12; choose a divisor "
        "of 12 up to 64, or 0 for none");
  CHECK(refusal([](C& c) { c.state_attention_heads = 4; }) == "accepted");
  CHECK(refusal([](C& c) { c.attention_penalty = 0.5f; }) ==
        "attention_penalty: needs attention heads to tell apart; choose pooling attention with "
        "attention_heads 2 or more, or 0 for no penalty");
  CHECK(refusal([](C& c) { c.attention_penalty = -1; }) ==
        "attention_penalty: is -1; allowed is 0 to 1000");
  CHECK(refusal([](C& c) {
          c.pooling = {Pooling::attention};
          c.attention_heads = 2;
          c.attention_penalty = 0.5f;
        }) == "accepted");
}

TEST_CASE("the widths of states and pooled rows follow the kind") {
  EncoderConfig c = small_config({Pooling::mean, Pooling::max});  // E = 5, H = 6
  c.attention_heads = 3;
  CHECK(c.state_size() == 12);
  CHECK(c.pooled_size() == 24);
  c.kind = EncoderKind::gru;
  c.pooling.push_back(Pooling::attention);
  CHECK(c.pooled_size() == 60);
  c.kind = EncoderKind::convolution;
  c.widths = {1, 3, 4};
  CHECK(c.state_size() == 18);
  CHECK(c.pooled_size() == 90);
  c.kind = EncoderKind::average;
  c.pooling = {Pooling::mean, Pooling::max};
  CHECK(c.state_size() == 5);
  CHECK(c.pooled_size() == 6);
  c.layers = 0;
  CHECK(c.pooled_size() == 10);
}

TEST_CASE("encoders that share a layout keep to their own parameters") {
  EncoderConfig config = small_config({Pooling::max, Pooling::attention});
  config.projection_size = 3;
  EncoderConfig other = small_config({Pooling::mean});
  other.hidden_size = 4;
  ParameterLayout shared;
  const Encoder first(config, Precision::f32, shared, "question/");
  const std::size_t firsts = shared.all().size();
  const Encoder second(other, Precision::f32, shared, "passage/");
  CHECK(&first.layout() == &shared);
  CHECK(&second.layout() == &shared);
  const Encoder alone(config, Precision::f32);
  REQUIRE(alone.layout().all().size() == firsts);
  for (std::size_t i = 0; i < firsts; ++i) {
    CHECK(shared.all()[i].name == "question/" + alone.layout().all()[i].name);
    CHECK(shared.all()[i].shape == alone.layout().all()[i].shape);
  }
  for (std::size_t i = firsts; i < shared.all().size(); ++i)
    CHECK(shared.all()[i].name.starts_with("passage/"));

  ParameterBlock values(shared), own(alone.layout());
  for (float& v : values.all()) v = 5;
  Random random(2), same(2);
  first.initialise(values, random);
  alone.initialise(own, same);
  for (std::size_t i = 0; i < shared.all().size(); ++i) {
    const std::span<const float> found = std::as_const(values).values(static_cast<int>(i));
    if (i < firsts)
      CHECK(std::ranges::equal(found, std::as_const(own).values(static_cast<int>(i))));
    else
      CHECK(std::ranges::count(found, 5.0f) == static_cast<std::ptrdiff_t>(found.size()));
  }
}
