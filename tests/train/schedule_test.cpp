#include <doctest.h>

#include <gemel/error.hpp>

#include "train/options.hpp"

using namespace gemel::train;

TEST_CASE("the learning rate warms up and decays") {
  TrainOptions o;
  o.learning_rate = 1;
  o.warmup = 0.1f;
  struct Row {
    Decay decay;
    std::int64_t step;
    double wanted;
  };
  // 100 steps, 10 of warm-up: step s gets (s+1)/11, then the share of the other 90 counts.
  const Row table[] = {
      {Decay::linear, 0, 1.0 / 11},   {Decay::linear, 9, 10.0 / 11}, {Decay::linear, 10, 1.0},
      {Decay::linear, 55, 0.5},       {Decay::linear, 100, 0.0},     {Decay::cosine, 10, 1.0},
      {Decay::cosine, 55, 0.5},       {Decay::cosine, 40, 0.75},     {Decay::constant, 99, 1.0},
      {Decay::constant, 0, 1.0 / 11},
  };
  for (const Row& row : table) {
    o.decay = row.decay;
    CHECK(learning_rate_at(o, row.step, 100) == doctest::Approx(row.wanted).epsilon(1e-5));
  }
  o.warmup = 0;
  o.decay = Decay::linear;
  CHECK(learning_rate_at(o, 0, 100) == 1.0f);
}
