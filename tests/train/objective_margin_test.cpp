// What the objective remembers, and what it never does.
#include "tests/train/objective_case.hpp"

using namespace gemel;
using namespace gemel::train;
using namespace gemel::train::test;

TEST_CASE("texts of one group are never each other's negatives, however close") {
  // All vectors are equal, so that any negative would cost something; every text says the same.
  Dataset data;
  for (const char* text : {"ba", "abb", "bba", "aab"}) data.add("ab", text, 1);
  data.tokenise(letters, 32, 1);
  const char* mix = "in-batch,triplet,online-contrastive";
  Case c(flat_model(), std::move(data), mix);
  c.options.sampling.batch_negatives = 3;
  std::fill(c.vectors.begin(), c.vectors.end(), 0.5f);
  const Found found = run_objective(c);
  CHECK(found.result.loss == 0);
  CHECK(found.result.negatives.chosen() == 0);
  CHECK(found.result.negatives.same_group > 0);
  for (const float g : found.gradient) CHECK(g == 0);
  // One stranger among them is a negative of all.
  Dataset more;
  for (const char* text : {"ba", "abb", "bba"}) more.add("ab", text, 1);
  more.add("cd", "dc", 1);
  more.tokenise(letters, 32, 1);
  Case stranger(flat_model(), std::move(more), mix);
  std::fill(stranger.vectors.begin(), stranger.vectors.end(), 0.5f);
  CHECK(run_objective(stranger).result.loss > 1);
}

TEST_CASE("a margin moves from start to end, as the share of the training done tells") {
  Case c(flat_model(), few_pairs(), "contrastive");
  c.options.loss.margin = {loss::MarginKind::linear, 0.6f, 1.4f, 1.0f};
  double last = -1;
  for (const double done : {0.0, 0.25, 1.0}) {
    CAPTURE(done);
    c.done = done;
    CHECK(current_margin(c.options.loss, c.state, done) == doctest::Approx(0.6 + 0.8 * done));
    const double loss = check_objective(c).result.loss;
    CHECK(loss > last);
    last = loss;
  }
}

TEST_CASE("a margin that follows the distances lies between those of the labels") {
  Case c(flat_model(), few_pairs(), "contrastive");
  c.options.loss.margin = {loss::MarginKind::distribution, 0.05f, 2.0f, 1.0f};
  CHECK(current_margin(c.options.loss, c.state, 0) == doctest::Approx(0.05));
  const Found found = run_objective(c);
  const loss::PairLossResult& s = found.result.statistics;
  REQUIRE(s.positives == 3);
  REQUIRE(s.negatives == 3);
  const double boundary =
      (s.positive_distance * s.negative_deviation + s.negative_distance * s.positive_deviation) /
      (s.positive_deviation + s.negative_deviation);
  CHECK(current_margin(c.options.loss, c.state, 0.5) == doctest::Approx(boundary).epsilon(1e-6));
  check_objective(c);  // with the margin found
}

TEST_CASE("a constant margin leaves the state alone") {
  Case c(flat_model(), few_pairs(), "contrastive");
  run_objective(c);
  CHECK(c.state.margin.positive_count == 0);
  CHECK(c.state.margin.negative_count == 0);
}

TEST_CASE("the pair head's dropout changes with the seed, and only in the head") {
  Case c(flat_model(1, 16), few_pairs(), "bce,head");
  c.model.head_dropout = 0.5f;
  nn::Towers towers(c.model, Precision::f32);
  ParameterBlock values(towers.layout());
  Random random(3);
  towers.initialise(values, random);
  Objective objective(towers, c.options, *c.data, c.teacher);
  const auto terms = [&](std::uint64_t seed) {
    GradientBlock own(towers.layout());
    return objective
        .run(c.batch, fixture::view(std::as_const(c.vectors), kWidth), values, 0, seed, c.state,
             own)
        .terms;
  };
  const auto at = [](LossTerm term) { return static_cast<std::size_t>(term); };
  CHECK(terms(1) == terms(1));
  CHECK(terms(1)[at(LossTerm::bce)] == terms(2)[at(LossTerm::bce)]);
  CHECK(terms(1)[at(LossTerm::head)] != terms(2)[at(LossTerm::head)]);
}
