// A pair head that reads more than embeddings: what it reads, of rows and of texts, and what the
// library says where it cannot be asked.
#include <doctest.h>

#include <cmath>
#include <gemel/gemel.hpp>

#include "infer/embedder.hpp"
#include "tests/infer/tiny_model.hpp"
#include "tests/model/sample_bundle.hpp"

using namespace gemel;
using namespace gemel::test;

namespace {

using Pairs = std::vector<std::pair<std::int32_t, std::int32_t>>;

// By the engine, or with attention by the layers that train.
Bundle pooled_bundle(bool attention) {
  Bundle b = tiny_bundle();
  if (!attention) b.config().pooling = {Pooling::mean, Pooling::max};
  b.model.head_size = 2;
  b.model.head_input = HeadInput::pooled;
  b.head_verdict = HeadVerdict{0.4375f, 0.75, -0.5f, "pairs.tsv", 100};
  return b;
}

struct Texts {
  std::vector<std::string> texts;
  std::vector<std::string_view> views;
  explicit Texts(int count) {
    const std::vector<std::string> words = {"how", "old", "are", "you", "age", "what", "abc"};
    Random random(3);
    for (int i = 0; i < count; ++i) {
      texts.emplace_back();
      for (std::uint64_t n = 1 + random.below(7); n > 0; --n)
        texts.back() += words[random.below(words.size())] + " ";
    }
    views.assign(texts.begin(), texts.end());
  }
};

std::vector<float> features(const Embedder& e, const Texts& texts) {
  std::vector<float> out(texts.views.size() * static_cast<std::size_t>(e.feature_size()), NAN);
  e.features(texts.views, out);
  return out;
}

}  // namespace

TEST_CASE("features are the embedding and what the projection read") {
  for (const bool attention : {false, true}) {
    CAPTURE(attention);
    const TemporaryFolder folder;
    const Bundle bundle = pooled_bundle(attention);
    write_tiny_model(folder.file("m"), bundle);
    const Embedder e(folder.file("m"));
    const EncoderConfig& config = bundle.config();
    CHECK(e.dimension() == 5);
    CHECK(e.feature_size() == 5 + config.pooled_size());
    const std::string text = "how old are you";
    const std::vector<float> row = e.features(text), embedding = e.embed(text);
    REQUIRE(row.size() == static_cast<std::size_t>(e.feature_size()));
    CHECK(std::equal(embedding.begin(), embedding.end(), row.begin()));
    // The embedding again: projected, at unit length.
    const nn::Towers towers(bundle.model, Precision::f32);
    const ParameterBlock values = tiny_values(towers.layout());
    const float* weight = values.data(towers.layout().find("projection.weight"));
    const float* bias = values.data(towers.layout().find("projection.bias"));
    std::vector<double> projected(bias, bias + 5);
    double squares = 0;
    for (std::size_t j = 0; j < 5; ++j) {
      for (std::size_t i = 5; i < row.size(); ++i)
        projected[j] += double{row[i]} * double{weight[(i - 5) * 5 + j]};
      squares += projected[j] * projected[j];
    }
    for (std::size_t j = 0; j < 5; ++j)
      CHECK(row[j] == doctest::Approx(projected[j] / std::sqrt(squares)).epsilon(1e-5));
  }
}

TEST_CASE("texts get the probabilities of their features, whatever the block and the threads") {
  const TemporaryFolder folder;
  write_tiny_model(folder.file("m"), pooled_bundle(false));
  const Embedder e(folder.file("m"));
  const Texts a(60), b(40);
  Pairs pairs;
  for (std::int32_t i = 0; i < 60; ++i)
    for (std::int32_t j = 0; j < 40; ++j) pairs.emplace_back(i, j);
  const std::vector<float> u = features(e, a), v = features(e, b);
  const std::int64_t width = e.feature_size();
  std::vector<float> expected(pairs.size()), itself(pairs.size()), found(pairs.size());
  e.head_probabilities({u.data(), 60, width}, {v.data(), 40, width}, pairs, expected, 1);
  e.head_probabilities({u.data(), 60, width}, {u.data(), 60, width}, pairs, itself, 1);
  CHECK(expected[0] != expected[1]);
  // All at once; some texts at a time; pair by pair.
  for (const std::int64_t floats : {std::int64_t{1} << 20, 10 * width, std::int64_t{1}})
    for (const int threads : {1, 3}) {
      EmbedderOptions options;
      options.feature_floats = floats;
      options.threads = threads;
      const Embedder some(folder.file("m"), options);
      const EmbeddedTexts first{a.views, {}, 0}, second{b.views, {}, 0};
      some.head_probabilities(first, second, pairs, found);
      CHECK(found == expected);
      some.head_probabilities(first, first, pairs, found);
      CHECK(found == itself);
    }
}

TEST_CASE("a head that reads embeddings takes those that are there") {
  const TemporaryFolder folder;
  Bundle bundle = pooled_bundle(false);
  bundle.model.head_input = HeadInput::embedding;
  write_tiny_model(folder.file("m"), bundle);
  const Embedder e(folder.file("m"));
  CHECK(e.feature_size() == e.dimension());
  const std::vector<float> rows(20, 0.5f);  // of no text
  std::vector<float> expected(2), found(2);
  const Pairs pairs = {{0, 1}, {3, 2}};
  const ConstMatrixView view(rows.data(), 4, 5);
  e.head_probabilities(view, view, pairs, expected);
  e.head_probabilities(EmbeddedTexts{{}, view, 0}, EmbeddedTexts{{}, view, 0}, pairs, found);
  CHECK(found == expected);
}

TEST_CASE("the head decides about texts, the distance about embeddings") {
  const TemporaryFolder folder;
  write_tiny_model(folder.file("m"), pooled_bundle(false));
  const Model model = Model::load(folder.file("m"));
  const Embedder e(folder.file("m"));
  const std::string a = "how old are you", b = "what age";
  const Comparison texts = model.compare(a, b);
  const std::vector<float> u = e.features(a), v = e.features(b);
  float expected = 0;
  const Pairs pair = {{0, 0}};
  const auto width = static_cast<std::int64_t>(u.size());
  e.head_probabilities({u.data(), 1, width}, {v.data(), 1, width}, pair, {&expected, 1});
  CHECK(texts.head_probability == expected);
  CHECK(texts.duplicate == (expected >= 0.4375f));
  CHECK(model.compare(b, a).head_probability == expected);
  const Comparison rows = model.compare(model.embed(a), model.embed(b));
  CHECK(std::isnan(rows.head_probability));
  CHECK(rows.score == texts.score);
  CHECK(rows.probability == texts.probability);
  CHECK(rows.duplicate == model.decide(rows.score));
  CHECK(model.has_head());
  CHECK_FALSE(model.head_reads_embeddings());
}

// The numbers are those of a NumPy encoder and head in double precision.
TEST_CASE("the golden bundle with such a head judges as ever") {
  LoadOptions options;
  options.self_test = true;
  const Model model = Model::load(GEMEL_GOLDEN_4, options);
  const Comparison c = model.compare("how old are you ?", "what is your age ?");
  CHECK(c.score == doctest::Approx(0.9864609507).epsilon(1e-6));
  CHECK(c.probability == doctest::Approx(0.9965351).epsilon(1e-5));
  CHECK(c.head_probability == doctest::Approx(0.0949361747).epsilon(1e-5));
  CHECK_FALSE(c.duplicate);
  const double age[] = {0.7201489530, 0.6878369682, 0.2191199181, -0.2750876252, -0.5401649139};
  const std::vector<float> found = model.embed("what is your age ?");
  for (std::size_t j = 0; j < 5; ++j) CHECK(found[j] == doctest::Approx(age[j]).epsilon(1e-5));
}
