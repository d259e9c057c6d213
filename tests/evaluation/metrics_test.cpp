#include "train/evaluation/metrics.hpp"

#include <doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "sample.hpp"

using namespace gemel;
using namespace gemel::evaluation;

TEST_CASE("figures at a threshold, hand-worked") {
  // Called duplicates: scores .9 .8 .8 .8 .7 .6 .6, of which five are.
  const Confusion c = confusion_at(sample::sixteen(), 0.55f);
  CHECK(c.true_positives == 5);
  CHECK(c.false_positives == 2);
  CHECK(c.true_negatives == 6);
  CHECK(c.false_negatives == 3);
  CHECK(c.accuracy() == doctest::Approx(11.0 / 16));
  CHECK(c.precision() == doctest::Approx(5.0 / 7));
  CHECK(c.recall() == doctest::Approx(5.0 / 8));
  CHECK(c.f1() == doctest::Approx(10.0 / 15));
  CHECK(c.mcc() == doctest::Approx(0.3779644730092272));  // scikit-learn
  // A score equal to the threshold is a duplicate.
  CHECK(confusion_at(sample::sixteen(), 0.9f).true_positives == 1);
}

TEST_CASE("figures that are undefined are NaN, not 0") {
  const std::vector<Scored> negatives = {{.1f, 0}, {.2f, 0}}, positives = {{.1f, 1}, {.2f, 1}};
  const Confusion none = confusion_at(negatives, 1), all = confusion_at(positives, 0);
  CHECK(none.accuracy() == 1);
  CHECK(std::isnan(none.precision()));
  CHECK(std::isnan(none.recall()));
  CHECK(std::isnan(none.f1()));
  CHECK(std::isnan(none.mcc()));
  CHECK(all.f1() == 1);
  CHECK(std::isnan(all.mcc()));
  CHECK(std::isnan(confusion_at({}, 0).accuracy()));
  CHECK(std::isnan(roc_auc(negatives)));
  CHECK(std::isnan(roc_auc(positives)));
  CHECK(std::isnan(average_precision(negatives)));
  CHECK(average_precision(positives) == 1);
  CHECK(std::isnan(average_precision({})));
  CHECK(std::isnan(pearson(positives)));
  CHECK(std::isnan(spearman(std::vector<Scored>{{.3f, 1}, {.3f, 0}})));
  CHECK(std::isnan(pearson(std::vector<Scored>{{.3f, 1}})));
  CHECK(precision_recall_curve(negatives).empty());
}

TEST_CASE("ranking figures equal scikit-learn's on a set with ties") {
  CHECK(average_precision(sample::sixteen()) == doctest::Approx(0.7277597402597402).epsilon(1e-12));
  CHECK(roc_auc(sample::sixteen()) == doctest::Approx(0.7421875).epsilon(1e-12));
  const std::vector<Scored> sorted = {{4, 1}, {3, 1}, {2, 0}, {1, 0}};
  CHECK(average_precision(sorted) == 1);
  CHECK(roc_auc(sorted) == 1);
  const std::vector<Scored> inverted = {{4, 0}, {3, 0}, {2, 1}, {1, 1}};
  CHECK(roc_auc(inverted) == 0);
  CHECK(average_precision(inverted) == doctest::Approx((1 / 3.0 + 2 / 4.0) / 2));
  // Everything tied: one step of precision ½.
  const std::vector<Scored> tied = {{1, 1}, {1, 0}, {1, 0}, {1, 1}};
  CHECK(roc_auc(tied) == 0.5);
  CHECK(average_precision(tied) == 0.5);
}

TEST_CASE("ranking figures equal a count over all pairs of pairs") {
  Random random(8);
  for (int round = 0; round < 30; ++round) {
    const std::vector<Scored> pairs = sample::random_pairs(random, 2 + random.below(40));
    double wins = 0, comparisons = 0, precisions = 0, positives = 0;
    for (const Scored& p : pairs) {
      if (p.label != 1) continue;
      ++positives;
      double above = 0, right = 0;  // with a score at least this one's
      for (const Scored& q : pairs) {
        above += q.score >= p.score;
        right += q.score >= p.score && q.label == 1;
        if (q.label == 1) continue;
        ++comparisons;
        wins += p.score > q.score ? 1 : p.score == q.score ? 0.5 : 0;
      }
      precisions += right / above;
    }
    if (comparisons > 0) CHECK(roc_auc(pairs) == doctest::Approx(wins / comparisons));
    if (positives > 0) CHECK(average_precision(pairs) == doctest::Approx(precisions / positives));
  }
}

TEST_CASE("correlations equal scipy's, ties sharing their average rank") {
  const float grades[] = {5, 4.2f, 3, 4.2f, 5, 2, 2, 3, 1, 0, 2.5f, 1, 0, 3, 0, 0};
  std::vector<Scored> pairs = sample::sixteen();
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i].label = grades[i];
  CHECK(is_graded(pairs));
  CHECK(pearson(pairs) == doctest::Approx(0.7613589917419379).epsilon(1e-6));
  CHECK(spearman(pairs) == doctest::Approx(0.7513251915087756).epsilon(1e-12));
  const std::vector<Scored> cubes = {{1, 1}, {2, 8}, {3, 27}, {4, 64}};
  CHECK(spearman(cubes) == doctest::Approx(1));
  CHECK(pearson(cubes) < 0.99);
  const std::vector<Scored> falling = {{1, 3}, {2, 2}, {3, 1}};
  CHECK(pearson(falling) == doctest::Approx(-1));
  CHECK_FALSE(is_graded(sample::sixteen()));
}

TEST_CASE("the order of the pairs changes nothing") {
  Random random(4);
  std::vector<Scored> pairs = sample::random_pairs(random, 60);
  const double ap = average_precision(pairs), auc = roc_auc(pairs), rho = spearman(pairs);
  random.shuffle(std::span<Scored>(pairs));
  CHECK(average_precision(pairs) == ap);
  CHECK(roc_auc(pairs) == auc);
  CHECK(spearman(pairs) == doctest::Approx(rho).epsilon(1e-12));
}

TEST_CASE("the curve has scikit-learn's points, and thinning keeps its ends") {
  const std::vector<CurvePoint> curve = precision_recall_curve(sample::sixteen());
  const double recall[] = {.125, .375, .5, .625, .75, .875, .875, 1, 1};
  const double precision[] = {1, .75, .8, 0.71428571, .6, 0.63636364, 0.53846154, 0.57142857, .5};
  REQUIRE(curve.size() == 9);
  for (std::size_t i = 0; i < 9; ++i) {
    CHECK(curve[i].recall == doctest::Approx(recall[i]));
    CHECK(curve[i].precision == doctest::Approx(precision[i]));
  }
  const std::vector<CurvePoint> thin = precision_recall_curve(sample::sixteen(), 3);
  REQUIRE(thin.size() == 3);
  CHECK(thin.front().threshold == 0.9f);
  CHECK(thin.back().threshold == 0.1f);
}

TEST_CASE("a score that is not a number is refused with its place") {
  std::vector<Scored> pairs = sample::sixteen();
  pairs[2].score = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(roc_auc(pairs),
                    "pair 3: has score nan; the model's numbers are broken; train again with a "
                    "lower learning rate");
}
