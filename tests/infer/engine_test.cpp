#include "infer/engine/lstm_engine.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <thread>

#include "infer/engine/int8_curves.hpp"
#include "tests/infer/engine_case.hpp"

using namespace gemel;
using namespace gemel::infer;
using namespace gemel::infer::test;
using gemel::nn::test::Text;

TEST_CASE("every kernel agrees with the double-precision oracle") {
  for_each_kernel([](const Kernels& kernels) {
    for (const int hidden : {1, 6, 16, 37, 64, 70})
      for (const int layers : {1, 2, 3})
        for (const bool shortcut : {false, true}) {
          CAPTURE(hidden);
          CAPTURE(layers);
          CAPTURE(shortcut);
          const Case c(config_of(hidden, layers, shortcut), kernels);
          CHECK(nn::test::relative_error(c.embed(nn::test::sample_texts()),
                                         c.oracle(nn::test::sample_texts())) <
                tolerance(kernels.precision) * (kernels.precision == Precision::f32 ? 1 : layers));
        }
  });
}

TEST_CASE("many texts at once agree with the oracle") {
  for_each_kernel([](const Kernels& kernels) {
    for (const int projection : {0, 70}) {
      EncoderConfig config = config_of(64, 1, false);
      config.projection_size = projection;
      const Case c(config, kernels);
      const std::vector<Text> texts = random_texts(50);
      CHECK(nn::test::relative_error(c.embed(texts), c.oracle(texts)) <
            tolerance(kernels.precision));
    }
  });
}

TEST_CASE("projection and unit length") {
  for_each_kernel([](const Kernels& kernels) {
    EncoderConfig config = config_of(6, 1, false);
    config.projection_size = 70;
    config.unit_length = true;
    const Case c(config, kernels);
    CHECK(nn::test::relative_error(c.embed(nn::test::sample_texts()),
                                   c.oracle(nn::test::sample_texts())) <
          2 * tolerance(kernels.precision));
  });
}

TEST_CASE("a vocabulary too large for a gate table gives the same bits without one") {
  for_each_kernel([](const Kernels& kernels) {
    for (const int layers : {1, 2}) {
      const EncoderConfig config = config_of(6, layers, layers == 2);
      const Case with(config, kernels), without(config, kernels, 0);
      CHECK(with.embed(nn::test::sample_texts()) == without.embed(nn::test::sample_texts()));
    }
  });
}

TEST_CASE("a text's vector does not depend on its neighbours or its place") {
  for_each_kernel([](const Kernels& kernels) {
    for (const auto& [hidden, projection] : {std::pair(70, 0), {37, 9}, {64, 0}, {128, 70}}) {
      EncoderConfig config = config_of(hidden, 2, true);
      config.projection_size = projection;
      const Case c(config, kernels);
      for (const int count : {2, 7, 40}) {
        const std::vector<Text> texts = random_texts(count);
        const std::vector<float> together = c.embed(texts);
        const std::size_t d = together.size() / texts.size();
        for (std::size_t n = 0; n < texts.size(); ++n) {
          const std::vector<float> alone = c.embed({texts[n]});
          CHECK(std::memcmp(alone.data(), together.data() + n * d, d * sizeof(float)) == 0);
        }
      }
    }
  });
}

TEST_CASE("an embedding read row by row gives the same bits") {
  for_each_kernel([](const Kernels& kernels) {
    for (const int layers : {1, 2})
      for (const bool shortcut : {false, true})
        for (const std::int64_t largest : {LstmEngine::kLargestTable, std::int64_t{0}}) {
          const Case c(config_of(16, layers, shortcut), kernels, largest);
          const auto embedding =
              c.model.values.values(c.model.values.layout().find("embedding.weight"));
          const std::int64_t width = c.model.encoder.config().embedding_size;
          StoredRows rows({"embedding.weight",
                           StorageType::f32,
                           {static_cast<std::int64_t>(embedding.size()) / width, width},
                           std::as_bytes(embedding)});
          ParameterBlock others(c.model.values.layout());
          std::ranges::copy(c.model.values.all(), others.all().begin());
          std::ranges::fill(others.values(others.layout().find("embedding.weight")), NAN);
          const LstmEngine engine(c.model.encoder.config(), others, "", kernels, largest,
                                  std::move(rows));
          const std::vector<Text> texts = random_texts(40);
          CHECK(embed(engine, c.model.encoder.config(), texts) == c.embed(texts));
        }
  });
}

TEST_CASE("gates that are far from zero stay finite and flat") {
  for_each_kernel([](const Kernels& kernels) {
    Case c(config_of(16, 1, false), kernels);
    for (std::size_t i = 0; i < c.model.encoder.layout().all().size(); ++i)
      for (float& v : c.model.values.values(static_cast<int>(i))) v *= 300;
    const LstmEngine engine(c.model.encoder.config(), c.model.values, "", kernels);
    std::vector<float> out(96);
    const Text text = {3, 1, 4, 1, 5};
    const Text* const texts[] = {&text};
    LstmEngine::Scratch scratch;
    engine.forward(texts, scratch, MatrixView(out.data(), 1, 96));
    const std::vector<double> expected = c.oracle({text});
    CHECK(nn::test::relative_error(out, expected) < tolerance(kernels.precision));
  });
}

TEST_CASE("threads share one engine and its growing table") {
  const Case c(config_of(16, 1, false), kernels(Precision::int8));
  const std::vector<Text> texts = random_texts(40);
  const std::vector<float> expected =
      Case(config_of(16, 1, false), kernels(Precision::int8)).embed(texts);
  std::vector<std::vector<float>> found(4);
  std::vector<std::thread> threads;
  for (std::vector<float>& rows : found) threads.emplace_back([&] { rows = c.embed(texts); });
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<float>& rows : found) CHECK(rows == expected);
}

TEST_CASE("the curves of int8 gates") {
  const Int8Curves& curves = int8_curves();
  const auto look_up = [](const Int8Curve& curve, float x) {
    const float a = std::min(std::abs(x), curve.limit);
    const auto k = static_cast<std::size_t>(std::lround(a * curve.scale));
    return std::copysign((curve.c[2][k] * a + curve.c[1][k]) * a + curve.c[0][k], x);
  };
  for (int i = -4000; i <= 4000; ++i) {
    const float x = static_cast<float>(i) / 250;
    CHECK(std::abs(look_up(curves.tangent, x) - std::tanh(double{x})) < 1e-4);
    CHECK(std::abs(look_up(curves.sigmoid, x) + 0.5 - 1 / (1 + std::exp(-double{x}))) < 5e-5);
  }
}

TEST_CASE("what it supports") {
  EncoderConfig config = config_of(6, 2, true);
  CHECK(LstmEngine::supports(config));
  config.kind = EncoderKind::gru;
  CHECK_FALSE(LstmEngine::supports(config));
  config = config_of(6, 1, false);
  config.state_attention_heads = 2;
  CHECK_FALSE(LstmEngine::supports(config));
  config = config_of(6, 1, false);
  config.pooling.push_back(Pooling::attention);
  CHECK_FALSE(LstmEngine::supports(config));
}
