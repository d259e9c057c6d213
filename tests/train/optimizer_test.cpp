#include "train/optimizer.hpp"

#include <doctest.h>

#include <cmath>

using namespace gemel;
using namespace gemel::train;

namespace {

// The rule as published, in double, for one value.
struct OracleAdam {
  double p, m = 0, v = 0;
  int t = 0;
  void step(double g, double lr, double b1, double b2, double eps, double decay) {
    ++t;
    m = b1 * m + (1 - b1) * g;
    v = b2 * v + (1 - b2) * g * g;
    const double mh = m / (1 - std::pow(b1, t)), vh = v / (1 - std::pow(b2, t));
    p = p - lr * (mh / (std::sqrt(vh) + eps) + decay * p);
  }
};

}  // namespace

TEST_CASE("Adam follows the published rule; decay spares what is marked") {
  ParameterLayout layout;
  const int w = layout.add("w", {37});
  const int b = layout.add("b", {3}, {.row_sparse = false, .decay = false});
  ParameterBlock values(layout);
  GradientBlock gradients(layout);
  AdamOptions options;
  options.weight_decay = 0.1f;
  Adam adam(layout, options);
  OracleAdam ow{0.5}, ob{-2};
  for (float& x : values.values(w)) x = 0.5f;
  for (float& x : values.values(b)) x = -2;
  for (int t = 0; t < 50; ++t) {
    const double g = std::sin(t * 0.7) + 0.1;
    for (float& x : gradients.values(w)) x = static_cast<float>(g);
    for (float& x : gradients.values(b)) x = static_cast<float>(-3 * g);
    adam.step(values, gradients, 0.01f);
    ow.step(g, 0.01, 0.9, 0.999, 1e-8, 0.1);
    ob.step(-3 * g, 0.01, 0.9, 0.999, 1e-8, 0);
  }
  CHECK(values.data(w)[0] == doctest::Approx(ow.p).epsilon(1e-5));
  CHECK(values.data(w)[36] == values.data(w)[0]);
  CHECK(values.data(b)[2] == doctest::Approx(ob.p).epsilon(1e-5));
}

TEST_CASE("a factor scales the gradients, not the decay") {
  ParameterLayout layout;
  const int w = layout.add("w", {37});
  ParameterBlock scaled(layout), plain(layout);
  GradientBlock whole(layout), quarter(layout);
  Adam a(layout, {}), b(layout, {});
  for (int t = 0; t < 3; ++t) {
    for (int i = 0; i < 37; ++i) {
      whole.data(w)[i] = static_cast<float>(i - 18 + t);
      quarter.data(w)[i] = whole.data(w)[i] / 4;  // exact
    }
    a.step(scaled, whole, 0.1f, 0.25f);
    b.step(plain, quarter, 0.1f);
  }
  for (int i = 0; i < 37; ++i) CHECK(scaled.data(w)[i] == plain.data(w)[i]);
}

TEST_CASE("rows that a step does not touch keep value and moments") {
  ParameterLayout layout;
  const int e = layout.add("e", {3, 2}, {.row_sparse = true});
  ParameterBlock values(layout);
  for (float& x : values.values(e)) x = 1;
  GradientBlock gradients(layout);
  Adam adam(layout, {});
  gradients.touch_row(e, 1)[0] = 4;
  adam.step(values, gradients, 0.1f);
  CHECK(values.data(e)[0] == 1.0f);
  CHECK(values.data(e)[4] == 1.0f);
  // first step: m̂/√v̂ = 1, decay 0.01 · 1
  CHECK(values.data(e)[2] == doctest::Approx(1 - 0.1 * (1 + 0.01)));
  CHECK(values.data(e)[3] == doctest::Approx(1 - 0.1 * 0.01));
  CHECK(adam.first_moment().data(e)[2] == doctest::Approx(0.4));
  CHECK(adam.first_moment().data(e)[4] == 0.0f);
}

TEST_CASE("ScalarAdam follows the published rule") {
  ScalarAdam adam;
  OracleAdam oracle{10};
  float value = 10;
  for (int t = 1; t <= 20; ++t) {
    adam.update(value, 0.3 * t, 0.05f, t, {});
    oracle.step(0.3 * t, 0.05, 0.9, 0.999, 1e-8, 0);
  }
  CHECK(value == doctest::Approx(oracle.p).epsilon(1e-5));
}
