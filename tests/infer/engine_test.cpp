#include "infer/engine/lstm_engine.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <thread>

#include "infer/engine/int8_curves.hpp"
#include "infer/engine/packing.hpp"
#include "nn/recurrent_blocks.hpp"
#include "tests/nn/fixture.hpp"

using namespace gemel;
using namespace gemel::infer;
using gemel::nn::test::Text;

namespace {

// [texts, D]; texts in any order
std::vector<float> embed(const LstmEngine& engine, const EncoderConfig& config,
                         const std::vector<Text>& texts) {
  std::vector<const Text*> sorted;
  for (const Text& text : texts) sorted.push_back(&text);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Text* a, const Text* b) { return a->size() > b->size(); });
  const auto d = static_cast<std::size_t>(config.sentence_size());
  std::vector<float> rows(texts.size() * d), out(texts.size() * d);
  LstmEngine::Scratch scratch;
  engine.forward(sorted, scratch,
                 MatrixView(rows.data(), static_cast<std::int64_t>(texts.size()),
                            static_cast<std::int64_t>(d)));
  for (std::size_t i = 0; i < sorted.size(); ++i)
    std::copy_n(rows.data() + i * d, d,
                out.data() + static_cast<std::size_t>(sorted[i] - texts.data()) * d);
  return out;
}

// Random parameters and the engine on them.
struct Case {
  Case(const EncoderConfig& config, const Kernels& kernels,
       std::int64_t largest_table = LstmEngine::kLargestTable)
      : model(config, Precision::f32), engine(config, model.values, "", kernels, largest_table) {}

  std::vector<float> embed(const std::vector<Text>& texts) const {
    return ::embed(engine, model.encoder.config(), texts);
  }
  std::vector<double> oracle(const std::vector<Text>& texts) const {
    std::vector<double> out;
    for (const Text& text : texts) {
      const auto no_dropout = [](int, std::size_t, std::size_t) { return 1.0; };
      const auto vector =
          reference::encode<double>(model.encoder.config(),
                                    nn::test::oracle_parameters(model.values), text, no_dropout)
              .vector;
      out.insert(out.end(), vector.begin(), vector.end());
    }
    return out;
  }

  nn::test::Model model;
  LstmEngine engine;
};

EncoderConfig config_of(int hidden, int layers, bool shortcut) {
  EncoderConfig config = nn::test::small_config({Pooling::last, Pooling::mean, Pooling::max});
  config.hidden_size = hidden;
  config.layers = layers;
  config.shortcut = shortcut;
  return config;
}

// Of the largest magnitude of the embedding.
double tolerance(Precision precision) {
  return precision == Precision::f32 ? 2e-6 : precision == Precision::bf16 ? 0.015 : 0.05;
}

std::vector<Text> random_texts(int count) {
  Random random(static_cast<std::uint64_t>(count));
  std::vector<Text> texts(static_cast<std::size_t>(count));
  for (Text& text : texts) {
    text.resize(1 + random.below(9));
    for (std::int32_t& id : text) id = static_cast<std::int32_t>(random.below(11));
  }
  return texts;
}

template <class Check>
void for_each_kernel(Check&& check) {
  int checked = 0;
  for (const KernelChoice& choice : all_kernels()) {
    if (!choice.available()) continue;
    CAPTURE(choice.name);
    check(choice.kernels);
    ++checked;
  }
  CHECK(checked > 0);
}

// Blocks of four states by W units, of which those of 16 units are made.
std::int64_t blocks_with_weights(const float* weights, int hidden, int units) {
  const std::vector<char> zero = nn::zero_blocks(weights, hidden);
  const std::int64_t groups = nn::RecurrentBlocks{hidden}.groups();
  std::int64_t count = 0;
  for (std::size_t i = 0; i < zero.size(); ++i) {
    const std::int64_t first = static_cast<std::int64_t>(i) % groups * nn::kBlockUnits;
    if (!zero[i])
      count += (std::min<std::int64_t>(nn::kBlockUnits, hidden - first) + units - 1) / units;
  }
  return count;
}

}  // namespace

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

TEST_CASE("blocks of zeros are left out, and the rest gives the same bits") {
  for_each_kernel([](const Kernels& kernels) {
    for (const int hidden : {37, 64})
      for (const int layers : {1, 2})
        for (const double share : {0.4, 1.0}) {
          Case c(config_of(hidden, layers, false), kernels);
          nn::prune_blocks(c.model.values, share);
          const EncoderConfig& config = c.model.encoder.config();
          const LstmEngine skips(config, c.model.values, "", kernels);
          Kernels all = kernels;
          all.skips_zeros = false;
          const LstmEngine whole(config, c.model.values, "", all);
          const std::vector<Text> texts = random_texts(40);
          const std::vector<float> found = embed(skips, config, texts);
          CHECK(found == embed(whole, config, texts));
          CHECK(nn::test::relative_error(found, c.oracle(texts)) <
                tolerance(kernels.precision) * layers);
          const float* const weights =
              c.model.values.data(c.model.values.layout().find("lstm.0.forward.weight_iter"));
          const std::int64_t width = padded(hidden, kernels.units);
          CHECK(std::ssize(pack_recurrent(all, hidden, weights).blocks) ==
                width / 4 * (width / kernels.units));
          if (kernels.skips_zeros)
            CHECK(std::ssize(pack_recurrent(kernels, hidden, weights).blocks) ==
                  blocks_with_weights(weights, hidden, kernels.units));
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
