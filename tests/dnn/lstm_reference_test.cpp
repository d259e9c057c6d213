#include "tests/reference/lstm_reference.hpp"

#include <complex>
#include <cstddef>
#include <vector>

#include "core/random.hpp"
#include "doctest.h"

using namespace gemel;
using Complex = std::complex<double>;

namespace {

std::vector<double> random_values(Random& random, std::size_t count, double scale) {
  std::vector<double> values(count);
  for (double& v : values) v = random.uniform(-scale, scale);
  return values;
}

std::vector<Complex> widen(const std::vector<double>& v) {
  return {v.begin(), v.end()};
}

struct Case {
  static constexpr std::size_t steps = 4, texts = 2, input = 3, hidden = 2;
  reference::LstmWeights<double> w{input, hidden};
  std::vector<double> x, dy;
  Case() {
    Random random(7);
    w.weight_layer = random_values(random, w.weight_layer.size(), 0.8);
    w.weight_iter = random_values(random, w.weight_iter.size(), 0.8);
    w.bias = random_values(random, w.bias.size(), 0.5);
    x = random_values(random, steps * texts * input, 1);
    dy = random_values(random, steps * texts * hidden, 1);
  }
  /// Im F/ε where F = Σ dy∘y and `nudge` has added i·ε to one value.
  template <class Nudge>
  double derivative(Nudge nudge) const {
    constexpr double epsilon = 1e-30;
    reference::LstmWeights<Complex> cw(input, hidden);
    cw.weight_layer = widen(w.weight_layer);
    cw.weight_iter = widen(w.weight_iter);
    cw.bias = widen(w.bias);
    std::vector<Complex> cx = widen(x);
    nudge(cw, cx) += Complex(0, epsilon);
    const auto trace = reference::lstm_forward(cw, steps, texts, cx);
    double sum = 0;
    for (std::size_t i = 0; i < dy.size(); ++i) sum += dy[i] * trace.y[i].imag();
    return sum / epsilon;
  }
};

}  // namespace

TEST_CASE("the oracle's first step agrees with hand-worked numbers") {
  // One text, one step, I = H = 1, x = 2: gates σ(1), σ(0.5), tanh(-1), σ(0).
  reference::LstmWeights<double> w(1, 1);
  w.weight_layer = {0.5, 0.25, -0.75, 0.5};
  w.bias = {0, 0, 0.5, -1};
  const auto trace = reference::lstm_forward(w, 1, 1, std::vector<double>{2});
  CHECK(trace.gates[0] == doctest::Approx(0.7310585786).epsilon(1e-9));
  CHECK(trace.gates[1] == doctest::Approx(0.6224593312).epsilon(1e-9));
  CHECK(trace.gates[2] == doctest::Approx(-0.7615941560).epsilon(1e-9));
  CHECK(trace.gates[3] == doctest::Approx(0.5).epsilon(1e-9));
  CHECK(trace.cell[0] == doctest::Approx(-0.5567699411).epsilon(1e-9));
  CHECK(trace.y[0] == doctest::Approx(-0.2527884658).epsilon(1e-9));
}

TEST_CASE("the oracle's gradients agree with complex-step derivatives") {
  const Case c;
  const auto trace = reference::lstm_forward(c.w, Case::steps, Case::texts, c.x);
  const auto grad = reference::lstm_backward(c.w, Case::steps, Case::texts, c.x, trace, c.dy);
  for (std::size_t i = 0; i < c.x.size(); ++i)
    CHECK(grad.x[i] == doctest::Approx(c.derivative([&](auto&, auto& x) -> Complex& {
                         return x[i];
                       })).epsilon(1e-12));
  for (std::size_t i = 0; i < c.w.weight_layer.size(); ++i)
    CHECK(grad.weights.weight_layer[i] ==
          doctest::Approx(c.derivative([&](auto& w, auto&) -> Complex& {
            return w.weight_layer[i];
          })).epsilon(1e-12));
  for (std::size_t i = 0; i < c.w.weight_iter.size(); ++i)
    CHECK(grad.weights.weight_iter[i] ==
          doctest::Approx(c.derivative([&](auto& w, auto&) -> Complex& {
            return w.weight_iter[i];
          })).epsilon(1e-12));
  for (std::size_t i = 0; i < c.w.bias.size(); ++i)
    CHECK(grad.weights.bias[i] == doctest::Approx(c.derivative([&](auto& w, auto&) -> Complex& {
                                    return w.bias[i];
                                  })).epsilon(1e-12));
}
