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

TEST_CASE("options out of range are refused by name, value and range") {
  struct Row {
    void (*change)(TrainOptions&);
    const char* message;
  };
  const Row table[] = {
      {[](TrainOptions& o) { o.epochs = 0; }, "epochs: is 0; allowed is 1 to 10000"},
      {[](TrainOptions& o) { o.learning_rate = -1; },
       "learning_rate: is -1; allowed is 1e-09 to 10"},
      {[](TrainOptions& o) { o.augmentation.token_dropout = 1; },
       "token_dropout: is 1; allowed is 0 to 0.9"},
      {[](TrainOptions& o) { o.shards = 0; }, "shards: is 0; allowed is 1 to 1024"},
      {[](TrainOptions& o) { o.warmup = 2; }, "warmup: is 2; allowed is 0 to 1"},
  };
  for (const Row& row : table) {
    TrainOptions o;
    row.change(o);
    CHECK_THROWS_WITH_AS(o.validate(), row.message, gemel::Error);
  }
  CHECK_NOTHROW(TrainOptions{}.validate());
  CHECK_THROWS_WITH_AS(decay_from_name("quadratic"),
                       "decay: 'quadratic' is not known; choose among constant, linear, cosine",
                       gemel::Error);
}
