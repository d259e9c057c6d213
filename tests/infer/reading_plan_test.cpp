#include "infer/engine/reading_plan.hpp"

#include <doctest.h>

#include <cstring>
#include <tuple>

#include "infer/engine/lstm_engine.hpp"
#include "tests/infer/engine_case.hpp"
#include "tests/infer/laid_out.hpp"

using namespace gemel;
using namespace gemel::infer;
using gemel::nn::test::Text;

namespace {

using Row = std::vector<std::int64_t>;

struct Found {
  std::vector<Row> starts, ends;
};

Found plan(const std::vector<Text>& texts, bool backward, bool share) {
  const test::LaidOut laid_out(texts, backward);
  ReadingPlan made;
  made.make(laid_out.lists(), laid_out.order(share), share);
  Found found;
  for (const auto& s : made.starts()) found.starts.push_back({s.step, s.length, s.text, s.from});
  for (const auto& e : made.ends()) found.ends.push_back({e.step, e.text, e.state});
  return found;
}

using Pooled = std::vector<Pooling>;

EncoderConfig config_of(int hidden, int projection, int layers, const Pooled& pooling) {
  EncoderConfig config = nn::test::small_config(pooling);
  config.hidden_size = hidden;
  config.projection_size = projection;
  config.layers = layers;
  return config;
}

std::vector<float> embed(const LstmEngine& engine, std::span<const Text> texts, std::int64_t d,
                         LstmEngine::Scratch& scratch) {
  std::vector<const Text*> lists;
  for (const Text& text : texts) lists.push_back(&text);
  std::vector<float> rows(texts.size() * static_cast<std::size_t>(d));
  engine.forward(lists, scratch, MatrixView(rows.data(), std::ssize(texts), d));
  return rows;
}

}  // namespace

TEST_CASE("texts that begin alike are read once up to where they part") {
  const std::vector<Text> texts = {{1, 2, 3}, {1, 2, 4, 5}, {1, 2}, {6}, {1, 2, 3}};
  const Found found = plan(texts, false, true);
  CHECK(found.starts == std::vector<Row>{{0, 2, 2, -1}, {0, 1, 3, -1}, {2, 4, 1, 2}, {2, 3, 0, 2}});
  CHECK(found.ends == std::vector<Row>{{1, 3, 3}, {2, 2, 2}, {3, 0, 0}, {3, 4, 0}, {4, 1, 1}});
}

TEST_CASE("backward those that end alike") {
  const Found found = plan({{9, 3, 2}, {4, 3, 2}, {3, 2}, {2, 3}}, true, true);
  CHECK(found.starts == std::vector<Row>{{0, 2, 2, -1}, {0, 2, 3, -1}, {2, 3, 0, 2}, {2, 3, 1, 2}});
  CHECK(found.ends == std::vector<Row>{{2, 2, 2}, {2, 3, 3}, {3, 0, 0}, {3, 1, 1}});
}

TEST_CASE("every step of every text where that is asked for, the longest first") {
  const Found found = plan({{1}, {1, 2}, {1, 2}}, false, false);
  CHECK(found.starts == std::vector<Row>{{0, 2, 1, -1}, {0, 2, 2, -1}, {0, 1, 0, -1}});
  CHECK(found.ends == std::vector<Row>{{1, 0, 0}, {2, 1, 1}, {2, 2, 2}});
}

TEST_CASE("tokens of equal lower 16 bits are others") {
  const Found found = plan({{1, 9}, {65537, 8}, {1, 7}}, false, true);
  CHECK(found.starts == std::vector<Row>{{0, 2, 0, -1}, {0, 2, 1, -1}, {0, 2, 2, -1}});
  CHECK(plan({{1, 9}, {65537, 8}}, false, true).ends == std::vector<Row>{{2, 0, 0}, {2, 1, 1}});
}

TEST_CASE("a shared step gives the bits of one's own, whatever was there before") {
  const std::vector<Text> texts = test::texts_alike(90);
  const Pooled all = {Pooling::last, Pooling::mean, Pooling::max};
  for (const KernelChoice& choice : all_kernels())
    for (const Pooled& pooling : {all, {Pooling::mean}, {Pooling::max}, {Pooling::last}})
      for (const auto& [hidden, projection, layers] :
           {std::tuple(6, 0, 1), {37, 9, 1}, {64, 70, 1}, {64, 0, 2}})
        for (const std::int64_t table : {LstmEngine::kLargestTable, std::int64_t{0}}) {
          if (!choice.available()) continue;
          CAPTURE(choice.name);
          const EncoderConfig config = config_of(hidden, projection, layers, pooling);
          const nn::test::Model model(config, Precision::f32);
          const LstmEngine engine(config, model.values, "", choice.kernels, table);
          const std::int64_t d = config.sentence_size();
          LstmEngine::Scratch scratch;
          const std::vector<float> together = embed(engine, texts, d, scratch);
          std::vector<float> alone;
          for (const Text& text : texts) {
            const std::vector<float> row = embed(engine, {&text, 1}, d, scratch);
            alone.insert(alone.end(), row.begin(), row.end());
          }
          CHECK(std::memcmp(together.data(), alone.data(), alone.size() * sizeof(float)) == 0);
          const std::vector<float> again = embed(engine, texts, d, scratch);
          CHECK(std::memcmp(again.data(), alone.data(), alone.size() * sizeof(float)) == 0);
        }
}
