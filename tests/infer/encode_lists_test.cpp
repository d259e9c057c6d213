#include "infer/engine/encode_lists.hpp"

#include <cstring>
#include <tuple>

#include "tests/infer/engine_case.hpp"

using namespace gemel;
using namespace gemel::infer;
using gemel::nn::test::Text;

namespace {

using Lists = std::vector<const Text*>;

Lists lists_of(const std::vector<Text>& texts) {
  Lists lists;
  for (const Text& text : texts) lists.push_back(&text);
  return lists;
}

std::vector<float*> rows_of(std::vector<float>& values, std::size_t texts) {
  std::vector<float*> rows;
  for (std::size_t i = 0; i < texts; ++i)
    rows.push_back(values.data() + i * (values.size() / texts));
  return rows;
}

// Each text by itself.
std::vector<float> alone(const LstmEngine& engine, const Lists& texts, std::size_t width,
                         bool pooled) {
  std::vector<float> values(texts.size() * width);
  const std::vector<float*> rows = rows_of(values, texts.size());
  LstmEngine::Scratch scratch;
  for (std::size_t i = 0; i < texts.size(); ++i)
    engine.forward({&texts[i], 1}, scratch, {&rows[i], 1}, pooled);
  return values;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace

TEST_CASE("many texts get the bits that each gets alone") {
  const std::vector<Text> texts =
      test::texts_alike(1500);  // more than one piece of work for each of 3 threads
  const Lists lists = lists_of(texts);
  const std::vector<Pooling> all = {Pooling::last, Pooling::mean, Pooling::max};
  for (const KernelChoice& choice : all_kernels())
    for (const auto& [hidden, projection, pooling] :
         {std::tuple(37, 9, all), {64, 0, all}, {16, 70, {Pooling::max}}}) {
      if (!choice.available()) continue;
      CAPTURE(choice.name);
      EncoderConfig config = nn::test::small_config(pooling);
      config.hidden_size = hidden;
      config.projection_size = projection;
      const nn::test::Model model(config, Precision::f32);
      const LstmEngine engine(config, model.values, "", choice.kernels);
      REQUIRE(engine.reads_apart());
      EncodeScratch scratch;
      for (const bool pooled : {false, true}) {
        if (pooled && projection == 0) continue;
        const auto width =
            static_cast<std::size_t>(config.sentence_size() + (pooled ? config.pooled_size() : 0));
        const std::vector<float> expected = alone(engine, lists, width, pooled);
        for (const auto& [rows, threads] : {std::pair(128, 1), {128, 3}, {7, 2}, {1, 1}}) {
          std::vector<float> found(expected.size());
          encode_lists(engine, lists, rows, threads, scratch, rows_of(found, texts.size()), pooled);
          CHECK(same_bits(found, expected));
        }
      }
    }
}

TEST_CASE("windows: more texts than pooled states are kept of") {
  EncoderConfig config = nn::test::small_config();
  config.projection_size = 3;
  const nn::test::Model model(config, Precision::f32);
  const LstmEngine engine(config, model.values, "", kernels(Precision::f32));
  const std::vector<Text> texts = test::texts_alike(700);
  const Lists lists = lists_of(texts);
  const std::vector<float> expected = alone(engine, lists, 3, false);
  CHECK(engine.pooled_bytes() == 12 * sizeof(float));
  for (const std::int64_t bytes : {std::int64_t{0}, 300 * engine.pooled_bytes()}) {
    EncodeScratch scratch;
    std::vector<float> found(expected.size());
    encode_lists(engine, lists, 32, 2, scratch, rows_of(found, texts.size()), false, bytes);
    CHECK(same_bits(found, expected));
  }
}

TEST_CASE("none, and a model that reads no direction apart") {
  const EncoderConfig config = nn::test::small_config();
  const nn::test::Model model(config, Precision::f32);
  const LstmEngine engine(config, model.values, "", kernels(Precision::f32));
  EncodeScratch scratch;
  encode_lists(engine, {}, 128, 2, scratch, {});
  CHECK_FALSE(LstmEngine(config, model.values, "", kernels(Precision::f32), 0).reads_apart());
  EncoderConfig two = config;
  two.layers = 2;
  const nn::test::Model stacked(two, Precision::f32);
  CHECK_FALSE(LstmEngine(two, stacked.values, "", kernels(Precision::f32)).reads_apart());
}
