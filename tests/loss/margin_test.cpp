#include "loss/margin.hpp"

#include <doctest.h>

#include <cmath>

using namespace gemel;
using namespace gemel::loss;

namespace {

MarginOptions following(float least, float most, float scale = 1) {
  return {MarginKind::distribution, least, most, scale};
}

// Share of a normal distribution below x.
double below(double x, double mean, double deviation) {
  return 0.5 * std::erfc((mean - x) / deviation / std::sqrt(2.0));
}

}  // namespace

TEST_CASE("schedules start at start, end at end and go the documented way between") {
  const MarginOptions constant{MarginKind::constant, 0.25f, 9, 1};
  const MarginOptions linear{MarginKind::linear, 0.25f, 1.25f, 1};
  const MarginOptions cosine{MarginKind::cosine, 1.25f, 0.25f, 1};
  for (const double s : {0.0, 0.3, 1.0}) CHECK(margin_at(constant, s) == 0.25);
  CHECK(margin_at(linear, 0) == 0.25);
  CHECK(margin_at(linear, 0.3) == doctest::Approx(0.55));
  CHECK(margin_at(linear, 1) == 1.25);
  CHECK(margin_at(cosine, 0) == 1.25);
  CHECK(margin_at(cosine, 0.25) == doctest::Approx(1.25 - 0.1464466));
  CHECK(margin_at(cosine, 0.5) == doctest::Approx(0.75));
  CHECK(margin_at(cosine, 1) == doctest::Approx(0.25));
  CHECK(margin_at(linear, -3) == 0.25);
  CHECK(margin_at(linear, 7) == 1.25);
  CHECK(margin_at(following(0.25f, 2), 0.5) == 0.25);
}

TEST_CASE("the margin of the distribution has as many errors on either side") {
  MarginState state;
  CHECK(state.current(following(0.25f, 2)) == 0.25);
  state.update({100, 0.3, 0.1}, {});
  CHECK(state.current(following(0.25f, 2)) == 0.25);  // no negative yet
  state.update({}, {300, 0.9, 0.3});
  const double margin = state.current(following(0.25f, 2));
  CHECK(margin == doctest::Approx(0.45));  // 1.5 deviations from both
  CHECK(1 - below(margin, 0.3, 0.1) == doctest::Approx(below(margin, 0.9, 0.3)));
  CHECK(state.current(following(0.25f, 2, 1.2f)) == doctest::Approx(0.54));
  CHECK(state.current(following(0.5f, 2)) == 0.5);          // the least
  CHECK(state.current(following(0.25f, 0.375f)) == 0.375);  // the most
}

TEST_CASE("distances without spread give the midpoint") {
  MarginState state;
  state.update({1, 1, 0}, {1, 4, 0});
  CHECK(state.current(following(0.5f, 100)) == doctest::Approx(2.5));
}

TEST_CASE("old batches fade, and a label that is absent does not") {
  MarginState state;
  // Sums of 10 pairs at 1 and then 30 at 2, the first batch weighing 0.95.
  state.update({10, 1, 0}, {10, 5, 0});
  state.update({30, 2, 0}, {});
  CHECK(state.positive_count == doctest::Approx(39.5));
  CHECK(state.positive_sum == doctest::Approx(69.5));
  CHECK(state.positive_squares == doctest::Approx(129.5));
  CHECK(state.negative_count == 10);
  CHECK(state.negative_sum == 50);
  // The deviation of the mixture, not of the batches, and 0 for the negatives: their mean.
  CHECK(state.current(following(0.5f, 100)) == doctest::Approx(5));
  for (int batch = 0; batch < 400; ++batch) state.update({10, 3, 0.5}, {10, 7, 1.5});
  CHECK(state.current(following(0.5f, 100)) == doctest::Approx(4));
}

TEST_CASE("a state put away and taken out goes on alike") {
  MarginState state;
  state.update({7, 0.31, 0.11}, {9, 0.97, 0.2});
  MarginState restored{state.positive_count, state.positive_sum, state.positive_squares,
                       state.negative_count, state.negative_sum, state.negative_squares};
  state.update({3, 0.2, 0.1}, {5, 0.8, 0.3});
  restored.update({3, 0.2, 0.1}, {5, 0.8, 0.3});
  CHECK(state.current(following(0.1f, 2)) == restored.current(following(0.1f, 2)));
}

TEST_CASE("options name the field, its value and what is allowed") {
  CHECK_NOTHROW(MarginOptions{}.validate(Metric::exp_manhattan));
  CHECK_THROWS_WITH((MarginOptions{MarginKind::constant, -1, 1, 1}.validate(Metric::cosine)),
                    "margin: is -1; allowed is 0.001 to 2");
  CHECK_THROWS_WITH((MarginOptions{MarginKind::linear, 1, 3, 1}.validate(Metric::cosine)),
                    "margin end: is 3; allowed is 0.001 to 2");
  CHECK_NOTHROW((MarginOptions{MarginKind::linear, 1, 0.5f, 1}.validate(Metric::cosine)));
  CHECK_NOTHROW((MarginOptions{MarginKind::constant, 1, -3, 0}.validate(Metric::cosine)));
  CHECK_THROWS_WITH(following(0.5f, 0.25f).validate(Metric::exp_manhattan),
                    "margin end: is 0.25; allowed is 0.5 to 1");
  CHECK_THROWS_WITH(following(0.5f, 2, 0).validate(Metric::cosine),
                    "margin scale: is 0; allowed is 0.1 to 10");
  CHECK_THROWS_WITH((MarginOptions{MarginKind::cosine, NAN, 1, 1}.validate(Metric::manhattan)),
                    "margin: is nan; allowed is 0.001 to 1e+06");
  CHECK(margin_kind_from_name("distribution") == MarginKind::distribution);
  CHECK(name(MarginKind::cosine) == "cosine");
  CHECK_THROWS_WITH(
      margin_kind_from_name("step"),
      "margin kind: 'step' is not known; choose among constant, linear, cosine, distribution");
}
