// The public C++ interface on a model with two towers and a pair head. Expected numbers are those
// of a NumPy encoder and head in double precision.
#include <doctest.h>

#include <cmath>
#include <gemel/gemel.hpp>

#include "tests/infer/message_of.hpp"

namespace {

constexpr const char* kAge = "what is your age ?";
constexpr const char* kOld = "how old are you ?";
constexpr double kQuestionOld[] = {0.6807566408, 0.4546311502, 0.2384973900, -0.1869468394,
                                   -0.4879044860};
constexpr double kPassageAge[] = {1.0560322679, 0.4368548955, 1.1157074476, 0.1329999714,
                                  0.5713533425};
constexpr double kCosine = 0.5171851093, kHead = 0.5069745743;  // of these two
constexpr double kPassagesCosine = 0.9538730163, kPassagesHead = 0.5171137747;
constexpr double kTurnedCosine = 0.5145017809, kTurnedHead = 0.5079216470;  // texts the other way

gemel::Model golden() {
  gemel::LoadOptions options;
  options.self_test = true;
  return gemel::Model::load(GEMEL_GOLDEN_2, options);
}

double largest_error(std::span<const float> found, std::span<const double> expected) {
  double worst = found.size() == expected.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < found.size() && i < expected.size(); ++i)
    worst = std::fmax(worst, std::fabs(double{found[i]} - expected[i]));
  return worst;
}

}  // namespace

TEST_CASE("a model names its towers, links and head") {
  const gemel::Model model = golden();
  CHECK(model.towers() == std::vector<std::string>{"question", "passage"});
  CHECK(model.links() == std::vector<std::string>{"question:passage", "passage:passage"});
  CHECK(model.has_head());
  CHECK(model.head_reads_embeddings());
  CHECK(model.head_threshold() == 0.4375f);
  CHECK(model.dimension() == 5);
  const gemel::Model siamese = gemel::Model::load(GEMEL_GOLDEN);
  CHECK(siamese.towers() == std::vector<std::string>{"text"});
  CHECK(siamese.links() == std::vector<std::string>{"text:text"});
  CHECK_FALSE(siamese.has_head());
  CHECK_FALSE(siamese.head_reads_embeddings());
  CHECK_FALSE(siamese.head_threshold().has_value());
}

TEST_CASE("each tower gives its own embedding") {
  const gemel::Model model = golden();
  CHECK(largest_error(model.embed(kOld, "question"), kQuestionOld) < 1e-6);
  CHECK(largest_error(model.embed(kAge, "passage"), kPassageAge) < 1e-6);
  const std::string_view texts[] = {kOld, kAge};
  std::vector<float> out(10);
  model.embed(texts, out, 2, "passage");
  CHECK(largest_error(std::span(out).last(5), kPassageAge) < 1e-6);
  CHECK(message_of([&] { model.embed(kOld); }) ==
        "tower: is needed, because this model has 2; choose among question, passage");
  CHECK(message_of([&] { model.embed(kOld, "passages"); }) ==
        "tower: 'passages' is not known; choose among question, passage");
  CHECK(message_of([&] { model.embed(texts, out, 1); }) ==
        "tower: is needed, because this model has 2; choose among question, passage");
}

TEST_CASE("the link's first tower reads the first text, and the head decides") {
  const gemel::Model model = golden();
  const gemel::Comparison c = model.compare(kOld, kAge);
  CHECK(c.score == doctest::Approx(kCosine).epsilon(1e-6));
  CHECK(c.distance == doctest::Approx(1 - kCosine).epsilon(1e-6));
  CHECK(c.head_probability == doctest::Approx(kHead).epsilon(1e-6));
  CHECK(c.duplicate);                  // 0.507 reaches 0.4375 …
  CHECK_FALSE(model.decide(c.score));  // … but 0.517 not 0.98
  const gemel::Comparison passages = model.compare(kOld, kAge, "passage:passage");
  CHECK(passages.score == doctest::Approx(kPassagesCosine).epsilon(1e-6));
  CHECK(passages.head_probability == doctest::Approx(kPassagesHead).epsilon(1e-6));
  const gemel::Comparison turned = model.compare(kOld, kAge, "passage:question");
  CHECK(turned.score == doctest::Approx(kTurnedCosine).epsilon(1e-6));
  CHECK(turned.head_probability == doctest::Approx(kTurnedHead).epsilon(1e-6));
  CHECK(message_of([&] { model.compare(kOld, kAge, "question:question"); }) ==
        "link: 'question:question' is not known; choose among question:passage, passage:passage");
}

TEST_CASE("comparing two embeddings is symmetric, bit for bit, and like comparing the texts") {
  const gemel::Model model = golden();
  const std::vector<float> u = model.embed(kOld, "question"), v = model.embed(kAge, "passage");
  const gemel::Comparison forth = model.compare(u, v), back = model.compare(v, u);
  const gemel::Comparison texts = model.compare(kOld, kAge);
  for (const gemel::Comparison& other : {back, texts}) {
    CHECK(forth.score == other.score);
    CHECK(forth.head_probability == other.head_probability);
    CHECK(forth.probability == other.probability);
    CHECK(forth.duplicate == other.duplicate);
  }
}

TEST_CASE("a model without a head has no probability by one") {
  const gemel::Model siamese = gemel::Model::load(GEMEL_GOLDEN);
  CHECK(std::isnan(siamese.compare(kOld, kAge).head_probability));
  CHECK(siamese.compare(kOld, kAge, "text:text").score == siamese.compare(kOld, kAge).score);
  CHECK(siamese.embed(kOld, "text") == siamese.embed(kOld));
}

TEST_CASE("a tower without attention cannot weigh tokens") {
  CHECK(message_of([] { golden().explain(kOld, "passage"); }) ==
        std::string(GEMEL_GOLDEN_2) +
            ", tower passage: has no attention pooling, so it cannot weigh tokens; train a model "
            "with attention pooling");
}
