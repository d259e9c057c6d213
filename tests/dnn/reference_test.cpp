#include "tests/reference/gru_reference.hpp"

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

template <class S>
using Forward = reference::CellTrace<S> (*)(const reference::CellWeights<S>&, std::size_t,
                                            std::size_t, const std::vector<S>&);
using Backward = reference::CellGradient (*)(const reference::CellWeights<double>&, std::size_t,
                                             std::size_t, const std::vector<double>&,
                                             const reference::CellTrace<double>&,
                                             const std::vector<double>&);

struct Case {
  static constexpr std::size_t steps = 4, texts = 2, input = 3, hidden = 2;
  reference::CellWeights<double> w;
  std::vector<double> x, dy;
  explicit Case(std::size_t gates) : w(input, hidden, gates) {
    Random random(7);
    w.weight_layer = random_values(random, w.weight_layer.size(), 0.8);
    w.weight_iter = random_values(random, w.weight_iter.size(), 0.8);
    w.bias = random_values(random, w.bias.size(), 0.5);
    x = random_values(random, steps * texts * input, 1);
    dy = random_values(random, steps * texts * hidden, 1);
  }
  /// Im F/ε where F = Σ dy∘y and `nudge` has added i·ε to one value.
  template <class Nudge>
  double derivative(Forward<Complex> forward, Nudge nudge) const {
    constexpr double epsilon = 1e-30;
    reference::CellWeights<Complex> cw(input, hidden);
    cw.weight_layer = widen(w.weight_layer);
    cw.weight_iter = widen(w.weight_iter);
    cw.bias = widen(w.bias);
    std::vector<Complex> cx = widen(x);
    nudge(cw, cx) += Complex(0, epsilon);
    const auto trace = forward(cw, steps, texts, cx);
    double sum = 0;
    for (std::size_t i = 0; i < dy.size(); ++i) sum += dy[i] * trace.y[i].imag();
    return sum / epsilon;
  }
};

void check_gradients(std::size_t gates, Forward<double> forward, Forward<Complex> complex_forward,
                     Backward backward) {
  using Weights = reference::CellWeights<Complex>;
  const Case c(gates);
  const auto trace = forward(c.w, Case::steps, Case::texts, c.x);
  const auto grad = backward(c.w, Case::steps, Case::texts, c.x, trace, c.dy);
  const auto check = [&](const std::vector<double>& found, auto&& place) {
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double expected = c.derivative(
          complex_forward,
          [&](Weights& w, std::vector<Complex>& x) -> Complex& { return place(w, x)[i]; });
      CHECK(found[i] == doctest::Approx(expected).epsilon(1e-12));
    }
  };
  check(
      grad.x, [](Weights&, std::vector<Complex> & x) -> auto& { return x; });
  check(
      grad.weights.weight_layer,
      [](Weights & w, std::vector<Complex>&) -> auto& { return w.weight_layer; });
  check(
      grad.weights.weight_iter,
      [](Weights & w, std::vector<Complex>&) -> auto& { return w.weight_iter; });
  check(
      grad.weights.bias, [](Weights & w, std::vector<Complex>&) -> auto& { return w.bias; });
}

}  // namespace

TEST_CASE("the LSTM oracle's first step agrees with hand-worked numbers") {
  // One text, one step, I = H = 1, x = 2: gates σ(1), σ(0.5), tanh(-1), σ(0).
  reference::CellWeights<double> w(1, 1);
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

TEST_CASE("the GRU oracle's first two steps agree with hand-worked numbers") {
  // One text, I = H = 1. Step 1, x = 2, h = 0: u = σ(1), õ = tanh(-1), h' = (1 − u)·õ. Step 2,
  // x = 0: u = σ(2·h), r = σ(1 − h), õ = tanh(0.5 + 3·r·h), h'' = u·h + (1 − u)·õ.
  reference::CellWeights<double> w(1, 1, 3);
  w.weight_layer = {0.5, 0.25, -0.75};
  w.weight_iter = {2, -1, 3};
  w.bias = {0, 1, 0.5};
  const auto trace = reference::gru_forward(w, 2, 1, std::vector<double>{2, 0});
  CHECK(trace.gates[0] == doctest::Approx(0.7310585786).epsilon(1e-9));
  CHECK(trace.gates[2] == doctest::Approx(-0.7615941560).epsilon(1e-9));
  CHECK(trace.y[0] == doctest::Approx(-0.2048242148).epsilon(1e-9));
  CHECK(trace.gates[3] == doctest::Approx(0.3989964241).epsilon(1e-9));
  CHECK(trace.gates[4] == doctest::Approx(0.7693818726).epsilon(1e-9));
  CHECK(trace.gates[5] == doctest::Approx(0.0272291538).epsilon(1e-8));
  CHECK(trace.y[1] == doctest::Approx(-0.0653593105).epsilon(1e-9));
}

TEST_CASE("the LSTM oracle's gradients agree with complex-step derivatives") {
  check_gradients(4, reference::lstm_forward<double>, reference::lstm_forward<Complex>,
                  reference::lstm_backward);
}

TEST_CASE("the GRU oracle's gradients agree with complex-step derivatives") {
  check_gradients(3, reference::gru_forward<double>, reference::gru_forward<Complex>,
                  reference::gru_backward);
}
