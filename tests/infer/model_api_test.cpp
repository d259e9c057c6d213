// The public C++ interface, as a user sees it: only <gemel/gemel.hpp> and the library.
#include <doctest.h>

#include <cmath>
#include <gemel/gemel.hpp>

#include "tests/infer/message_of.hpp"

namespace {

// Cosines of the golden model's embeddings, of a NumPy encoder in double precision.
constexpr const char* kAge = "what is your age?";
constexpr const char* kOld = "how old are you?";
constexpr double kCosine = 0.9959896539;
constexpr double kCosineToEmpty = 0.97314;

gemel::Model golden() {
  return gemel::Model::load(GEMEL_GOLDEN);
}

}  // namespace

TEST_CASE("a model tells what it is") {
  const gemel::Model model = golden();
  CHECK(model.dimension() == 5);
  CHECK(model.metric() == "cosine");
  CHECK(model.fingerprint() == "4563cf1d090a07dd6287754019fd4800");
  CHECK(model.compute() == gemel::Compute::f32);
}

TEST_CASE("the golden model still gives the embeddings it gave") {
  gemel::LoadOptions options;
  options.self_test = true;
  const gemel::Model model = gemel::Model::load(GEMEL_GOLDEN, options);
  const double expected[2][5] = {
      {0.480904075, -0.027548088, -0.510339503, 0.577823698, 0.416708218},
      {0.480329544, 0.049282772, -0.543362964, 0.545779659, 0.416816495}};
  const std::string_view texts[] = {kOld, kAge};
  std::vector<float> out(10);
  model.embed(texts, out);
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t j = 0; j < 5; ++j) CHECK(std::fabs(out[i * 5 + j] - expected[i][j]) < 1e-6);
  CHECK(model.embed(kOld) == std::vector<float>(out.begin(), out.begin() + 5));
}

TEST_CASE("two texts are compared") {
  const gemel::Model model = golden();
  const gemel::Comparison alike = model.compare(kOld, kAge);
  CHECK(alike.score == doctest::Approx(kCosine).epsilon(1e-6));
  CHECK(alike.distance == doctest::Approx(1 - kCosine).epsilon(1e-3));
  CHECK(alike.probability == doctest::Approx(0.9607).epsilon(1e-3));  // σ(−200·0.00401 + 4)
  CHECK(alike.duplicate);
  const gemel::Comparison other = model.compare(kOld, "");
  CHECK(other.score == doctest::Approx(kCosineToEmpty).epsilon(1e-5));
  CHECK(other.probability == doctest::Approx(0.2025).epsilon(1e-2));  // σ(−200·0.02686 + 4)
  CHECK_FALSE(other.duplicate);
  const gemel::Comparison same = model.compare(kOld, kOld);
  CHECK(same.distance == 0.0f);
  CHECK(same.score == 1.0f);
  CHECK(same.probability == doctest::Approx(0.98201379));  // σ(4)
  const gemel::Comparison by_vector = model.compare(model.embed(kOld), model.embed(kAge));
  CHECK(by_vector.score == alike.score);
}

TEST_CASE("decisions follow the threshold of the goal, which itself counts as a duplicate") {
  const gemel::Model model = golden();
  CHECK(model.threshold(gemel::Goal::accuracy) == 0.98f);
  CHECK(model.threshold(gemel::Goal::precision) == 0.9975f);
  CHECK_FALSE(model.threshold(gemel::Goal::f1).has_value());
  CHECK(model.decide(0.98f));
  CHECK_FALSE(model.decide(std::nextafter(0.98f, 0.0f)));
  CHECK_FALSE(model.decide(0.98f, gemel::Goal::precision));
  CHECK(model.decide(0.9975f, gemel::Goal::precision));
  CHECK(message_of([&] { model.decide(0.5f, gemel::Goal::f1); }) ==
        std::string(GEMEL_GOLDEN) +
            ": holds no threshold for F1; run 'gemel evaluate' on labelled "
            "pairs to find one");
}

TEST_CASE("a verdict is explained token by token") {
  const std::vector<gemel::TokenWeight> tokens = golden().explain(kOld);
  REQUIRE(tokens.size() == 5);
  CHECK(tokens[1].token == "\xe2\x96\x81old");
  CHECK(tokens[1].weight == doctest::Approx(0.191812259).epsilon(1e-5));
}

TEST_CASE("a model moves") {
  gemel::Model a = golden();
  const std::vector<float> expected = a.embed(kOld);
  gemel::Model b = std::move(a);
  CHECK(b.embed(kOld) == expected);
  a = std::move(b);
  CHECK(a.embed(kOld) == expected);
}

TEST_CASE("mistakes are gemel::Error") {
  CHECK(message_of([] { gemel::Model::load("/nonexistent"); }) ==
        "/nonexistent: cannot be opened: No such file or directory");
  gemel::LoadOptions options;
  options.threads = 2000;
  CHECK(message_of([&] { gemel::Model::load(GEMEL_GOLDEN, options); }) ==
        "threads: is 2000; allowed is 0 to 1024");
  const gemel::Model model = golden();
  const std::vector<float> short_one(4);
  CHECK(message_of([&] { model.compare(short_one, model.embed(kOld)); }) ==
        "compare: the embeddings hold 4 and 5 floats; this model's hold 5");
  std::vector<float> out(3);
  const std::string_view text = kOld;
  CHECK(message_of([&] {
          model.embed({&text, 1}, out);
        }) == "out: holds 3 floats; 1 texts of dimension 5 need 5");
}
