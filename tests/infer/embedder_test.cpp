#include "infer/embedder.hpp"

#include <doctest.h>

#include <cmath>

#include "core/parallel.hpp"
#include "core/random.hpp"
#include "tests/infer/tiny_model.hpp"
#include "tests/model/sample_bundle.hpp"
#include "tests/reference/encoder_reference.hpp"

using namespace gemel;
using namespace gemel::test;

namespace {

using Texts = std::vector<std::string>;

std::vector<float> embed(const Embedder& e, const Texts& texts, int threads = 0) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<float> out(texts.size() * static_cast<std::size_t>(e.dimension()), NAN);
  e.embed(views, out, threads);
  return out;
}

// The naive encoder in double precision, from ids split by hand.
std::vector<double> oracle(const EncoderConfig& config, const std::vector<std::int32_t>& ids) {
  const nn::Encoder encoder(config, Precision::f32);
  const ParameterBlock values = tiny_values(encoder.layout());
  reference::Parameters<> parameters;
  for (std::size_t i = 0; i < encoder.layout().all().size(); ++i) {
    const auto span = values.values(static_cast<int>(i));
    parameters[encoder.layout().all()[i].name].assign(span.begin(), span.end());
  }
  const auto no_dropout = [](int, std::size_t, std::size_t) { return 1.0; };
  return reference::encode<double>(config, parameters, ids, no_dropout).vector;
}

double largest_error(std::span<const float> found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i)
    worst = std::fmax(worst, std::isnan(found[i]) ? 1e9 : std::fabs(found[i] - expected[i]));
  return worst;
}

// Random texts over the tiny vocabulary, some of them repeated.
Texts random_texts(std::size_t count) {
  const Texts words = {"how", "old", "are", "you", "your", "age", "what", "is", "?", "zzz", "abc"};
  Random random(3);
  Texts texts;
  while (texts.size() < count) {
    std::string text;
    for (std::uint64_t n = random.below(12); n > 0; --n)
      text += words[random.below(words.size())] + " ";
    texts.push_back(random.below(8) == 0 && !texts.empty() ? texts[random.below(texts.size())]
                                                           : text);
  }
  return texts;
}

struct TinyFile {
  TemporaryFolder folder;
  std::string path = folder.file("tiny.safetensors");
  explicit TinyFile(const Bundle& bundle = tiny_bundle(), StorageType type = StorageType::f32) {
    write_tiny_model(path, bundle, type);
  }
};

}  // namespace

TEST_CASE("an embedding is what the naive encoder says") {
  const TinyFile file;
  const Embedder e(file.path);
  CHECK(e.dimension() == 5);
  CHECK(e.max_tokens() == 8);
  CHECK(e.precision() == Precision::f32);
  const EncoderConfig c = tiny_config();
  CHECK(largest_error(e.embed("how old are you?"), oracle(c, {kHow, kOld, kAre, kYou, kQuestion})) <
        1e-6);
  CHECK(largest_error(e.embed("what"), oracle(c, {kWhat})) < 1e-6);
  CHECK(largest_error(e.embed("abc"), oracle(c, {kSpace, kA, kB, kC})) < 1e-6);
  CHECK(largest_error(e.embed("old z"), oracle(c, {kOld, kSpace, kUnknown})) < 1e-6);
}

namespace {

// Without attention the engine computes it, not the training layers.
Bundle plain_bundle() {
  Bundle plain = tiny_bundle();
  plain.config().pooling = {Pooling::mean, Pooling::max};
  return plain;
}

}  // namespace

TEST_CASE("so is one of a plain BiLSTM") {
  const TinyFile file(plain_bundle());
  const Embedder e(file.path);
  const EncoderConfig c = plain_bundle().config();
  CHECK(largest_error(e.embed("how old are you?"), oracle(c, {kHow, kOld, kAre, kYou, kQuestion})) <
        1e-6);
  CHECK(largest_error(e.embed("what"), oracle(c, {kWhat})) < 1e-6);
}

TEST_CASE("weights stored as bf16 are the same model if they fit") {
  const TinyFile f32, bf16(tiny_bundle(), StorageType::bf16);
  CHECK(Embedder(f32.path).embed("how old are you?") ==
        Embedder(bf16.path).embed("how old are you?"));
}

namespace {

void check_independence(const Bundle& bundle) {
  const TinyFile file(bundle);
  const Embedder e(file.path);
  const Texts texts = random_texts(300);
  const std::vector<float> expected = embed(e, texts, 1);
  const auto width = static_cast<std::size_t>(e.dimension());
  for (std::size_t i = 0; i < texts.size(); i += 7) {
    CAPTURE(texts[i]);
    CHECK(e.embed(texts[i]) ==
          std::vector<float>(expected.begin() + i * width, expected.begin() + (i + 1) * width));
  }
  for (const int threads : {2, 3, 8}) CHECK(embed(e, texts, threads) == expected);
  for (const int batch : {1, 2, 5, 17, 300, 4096}) {
    EmbedderOptions options;
    options.batch_texts = batch;
    options.threads = 2;
    CHECK(embed(Embedder(file.path, options), texts) == expected);
  }
  const Texts backwards(texts.rbegin(), texts.rend());
  const std::vector<float> reversed = embed(e, backwards, 2);
  for (std::size_t i = 0; i < texts.size(); ++i)
    for (std::size_t j = 0; j < width; ++j)
      REQUIRE(reversed[(texts.size() - 1 - i) * width + j] == expected[i * width + j]);
}

}  // namespace

TEST_CASE("a text's vector does not depend on batch, order or threads, bit for bit") {
  check_independence(tiny_bundle());
  check_independence(plain_bundle());
}

// oneDNN chooses other kernels for other sizes and batches; this one is large enough to matter.
TEST_CASE("a wider model's vectors do not depend on the batch either") {
  Bundle wide = tiny_bundle();
  wide.config().embedding_size = 48;
  wide.config().hidden_size = 64;
  wide.config().attention_size = 24;
  wide.config().projection_size = 40;
  const TinyFile file(wide);
  const Texts texts = random_texts(50);
  for (const Precision precision : {Precision::f32, Precision::bf16}) {
    EmbedderOptions one, many;
    one.precision = many.precision = precision;
    one.batch_texts = 1;
    const std::vector<float> expected = embed(Embedder(file.path, one), texts, 1);
    for (const int batch : {2, 15, 33, 48, 50}) {
      CAPTURE(batch);
      many.batch_texts = batch;
      CHECK(embed(Embedder(file.path, many), texts, 2) == expected);
    }
  }
}

TEST_CASE("many threads may embed with one model at once") {
  const TinyFile file;
  const Embedder e(file.path);
  const Texts texts = random_texts(40);
  const std::vector<float> expected = embed(e, texts, 1);
  std::vector<std::vector<float>> found(6);
  parallel_for(6, 6, [&](std::int64_t i, int) {
    found[static_cast<std::size_t>(i)] = embed(e, texts, 1 + static_cast<int>(i) % 2);
  });
  for (const std::vector<float>& f : found) CHECK(f == expected);
}

TEST_CASE("statistics count texts, distinct texts, tokens and cuts") {
  const TinyFile file;
  const Embedder e(file.path);
  const std::vector<std::string_view> texts = {
      "what", "how old", "what", "", "is is is is is is is is is", "is is is is is is is is"};
  std::vector<float> out(6 * 5);
  const EmbedStatistics s = e.embed(texts, out);
  CHECK(s.texts == 6);
  CHECK(s.distinct == 5);
  CHECK(s.tokens == 1 + 2 + 1 + 8 + 8);
  CHECK(s.truncated == 1);
  for (std::size_t j = 0; j < 5; ++j) {
    CHECK(out[j] == out[2 * 5 + j]);          // "what" twice
    CHECK(out[4 * 5 + j] == out[5 * 5 + j]);  // cut to eight tokens
  }
}

TEST_CASE("texts without a token, broken and huge ones have a defined vector") {
  const TinyFile file;
  const Embedder e(file.path);
  const std::vector<double> empty = oracle(tiny_config(), {kEnd});
  CHECK(largest_error(e.embed(""), empty) < 1e-6);
  CHECK(e.embed(" \t\n ") == e.embed(""));
  CHECK(e.embed(std::string_view("\xff\xfe\x80")) == e.embed(""));
  CHECK(e.embed(std::string_view("how\0old", 7)) == e.embed("how old"));
  std::string huge;
  while (huge.size() < 10'000'000) huge += "how old are you? ";
  CHECK(e.embed(huge) == e.embed("how old are you? how old are you?"));
  CHECK(e.embed(std::string(10'000'000, 'a')) == e.embed("aaaaaaaaaaaa"));
}

TEST_CASE("no texts are fine") {
  const TinyFile file;
  const Embedder e(file.path);
  CHECK(embed(e, {}).empty());
  CHECK(e.embed(std::span<const std::string_view>(), std::span<float>()).texts == 0);
}

TEST_CASE("max_tokens may be set at loading") {
  const TinyFile file;
  EmbedderOptions options;
  options.max_tokens = 2;
  const Embedder e(file.path, options);
  CHECK(e.max_tokens() == 2);
  CHECK(e.embed("how old are you") == e.embed("how old"));
  CHECK(e.embed("how old are you") != e.embed("how"));
}

TEST_CASE("attention is shown token by token") {
  const TinyFile file;
  const auto tokens = Embedder(file.path).attention("how old are you?");
  REQUIRE(tokens.size() == 5);
  const std::string space = "\xe2\x96\x81";
  CHECK(tokens[0].token == space + "how");
  CHECK(tokens[4].token == space + "?");
  // Of a NumPy encoder in double precision.
  const double expected[5][2] = {{0.204380192, 0.175975074},
                                 {0.198663431, 0.184961087},
                                 {0.197688932, 0.206134815},
                                 {0.199383575, 0.21640602},
                                 {0.19988387, 0.216523003}};
  for (std::size_t t = 0; t < 5; ++t) {
    REQUIRE(tokens[t].heads.size() == 2);
    for (std::size_t h = 0; h < 2; ++h)
      CHECK(tokens[t].heads[h] == doctest::Approx(expected[t][h]).epsilon(1e-5));
    CHECK(tokens[t].weight == doctest::Approx((expected[t][0] + expected[t][1]) / 2).epsilon(1e-5));
  }
}

TEST_CASE("bf16 stays near f32 where the CPU has it, and is f32 elsewhere") {
  const TinyFile file;
  EmbedderOptions options;
  options.precision = Precision::bf16;
  const Embedder e(file.path, options);
  const std::vector<double> exact = oracle(tiny_config(), {kHow, kOld, kAre, kYou, kQuestion});
  CHECK(largest_error(e.embed("how old are you?"), exact) < 0.02);
  if (e.precision() == Precision::f32) CHECK(e.embed("what") == Embedder(file.path).embed("what"));
  const Texts texts = random_texts(60);
  CHECK(embed(e, texts, 1) == embed(e, texts, 2));
}
