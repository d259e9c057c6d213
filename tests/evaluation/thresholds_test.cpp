#include "train/evaluation/thresholds.hpp"

#include <doctest.h>

#include <cmath>
#include <gemel/error.hpp>
#include <limits>

#include "sample.hpp"
#include "train/evaluation/metrics.hpp"

using namespace gemel;
using namespace gemel::evaluation;

TEST_CASE("best thresholds lie midway between neighbouring distinct scores") {
  const std::vector<Scored> pairs = {{4, 1}, {3, 1}, {2, 0}, {1, 1}, {0, 0}, {-1, 0}};
  const auto accuracy = best_accuracy_threshold(pairs);
  REQUIRE(accuracy);
  CHECK(accuracy->threshold == 2.5f);  // 5 of 6; as good as 0.5, and higher
  CHECK(accuracy->value == doctest::Approx(5.0 / 6));
  CHECK(accuracy->recall == doctest::Approx(2.0 / 3));
  const auto f1 = best_f1_threshold(pairs);
  REQUIRE(f1);
  CHECK(f1->threshold == 0.5f);  // 2·3/(2·3 + 1)
  CHECK(f1->value == doctest::Approx(6.0 / 7));
}

TEST_CASE("equal scores are never parted") {
  // At 3: one of each. Calling both duplicates or neither costs one error either way.
  const std::vector<Scored> pairs = {{3, 1}, {3, 0}, {1, 0}};
  const auto t = best_accuracy_threshold(pairs);
  REQUIRE(t);
  CHECK(t->threshold > 3);
  CHECK(t->value == doctest::Approx(2.0 / 3));
  CHECK(best_f1_threshold(pairs)->threshold == 2.0f);
}

TEST_CASE("the ends: everything or nothing is a duplicate") {
  const std::vector<Scored> positives = {{3, 1}, {2, 1}}, negatives = {{3, 0}, {2, 0}};
  CHECK(best_accuracy_threshold(positives)->threshold == 2);
  CHECK(best_accuracy_threshold(positives)->value == 1);
  CHECK(best_accuracy_threshold(negatives)->threshold > 3);
  CHECK(best_accuracy_threshold(negatives)->value == 1);
  CHECK(std::isnan(best_accuracy_threshold(negatives)->recall));
  CHECK_FALSE(best_f1_threshold(negatives));
  CHECK_FALSE(threshold_for_precision(negatives, 0));
  CHECK_FALSE(best_accuracy_threshold({}));
  CHECK_FALSE(best_f1_threshold({}));
  CHECK_FALSE(threshold_for_precision({}, 0.5));
}

TEST_CASE("for a precision: the highest recall that keeps it, or nothing") {
  // Steps of sixteen(): .9 1/1, .8 3/4, .7 4/5, .6 5/7, .5 6/10, .4 7/11, .3 7/13, .2 8/14, .1
  // 8/16.
  const auto at = [](double p) { return threshold_for_precision(sample::sixteen(), p); };
  CHECK(at(0.95)->recall == doctest::Approx(1.0 / 8));
  CHECK(at(0.95)->value == 1);
  CHECK(at(0.95)->threshold == doctest::Approx(0.85));
  CHECK(at(0.8)->recall == doctest::Approx(4.0 / 8));
  CHECK(at(0.8)->threshold == doctest::Approx(0.65));
  CHECK(at(0.62)->recall == doctest::Approx(7.0 / 8));  // precision dips to .6 and recovers
  CHECK(at(0)->recall == 1);
  CHECK(at(0)->threshold == doctest::Approx(0.15));  // of recall 1 the higher threshold
  const std::vector<Scored> hopeless = {{2, 0}, {1, 1}};
  CHECK_FALSE(threshold_for_precision(hopeless, 0.9));
  CHECK(threshold_for_precision(hopeless, 0.5)->threshold == 1);
  CHECK_THROWS_WITH(at(1.5), "precision: is 1.5; allowed is 0 to 1");
}

TEST_CASE("no other threshold does better, and the figures are those at the threshold") {
  Random random(12);
  for (int round = 0; round < 40; ++round) {
    const std::vector<Scored> pairs = sample::random_pairs(random, 1 + random.below(40));
    const auto accuracy = best_accuracy_threshold(pairs);
    const auto f1 = best_f1_threshold(pairs);
    const auto precise = threshold_for_precision(pairs, 0.7);
    REQUIRE(accuracy);
    CHECK(confusion_at(pairs, accuracy->threshold).accuracy() == doctest::Approx(accuracy->value));
    if (f1) CHECK(confusion_at(pairs, f1->threshold).f1() == doctest::Approx(f1->value));
    if (precise) {
      CHECK(precise->value >= 0.7);
      CHECK(confusion_at(pairs, precise->threshold).precision() == doctest::Approx(precise->value));
      CHECK(confusion_at(pairs, precise->threshold).recall() == doctest::Approx(precise->recall));
    }
    for (float theta = -2; theta < 3; theta += 1.0f / 32) {
      const Confusion c = confusion_at(pairs, theta);
      CHECK(c.accuracy() <= accuracy->value);
      if (f1) CHECK_FALSE(c.f1() > f1->value);
      if (c.precision() >= 0.7 && c.recall() > 0) {
        REQUIRE(precise);
        CHECK(c.recall() <= precise->recall);
      }
    }
  }
}

TEST_CASE("neighbouring floats are still told apart") {
  const float low = 0.7f, high = std::nextafter(low, 1.0f);
  const std::vector<Scored> pairs = {{high, 1}, {low, 0}};
  CHECK(best_accuracy_threshold(pairs)->threshold == high);
  CHECK(best_accuracy_threshold(pairs)->value == 1);
  const float huge = std::numeric_limits<float>::max();
  const std::vector<Scored> extremes = {{huge, 1}, {-huge, 0}};
  CHECK(best_accuracy_threshold(extremes)->threshold == 0);
}
