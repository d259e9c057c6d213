#pragma once
#include <cmath>
#include <complex>
#include <cstddef>
#include <vector>

/// One direction of an LSTM layer, written naively from its formulas (Hochreiter and Schmidhuber
/// 1997, with the forget gate of Gers 2000) in double precision. The oracle of tests; shares no
/// code with the library. Gate order i, f, c̃, o. State starts at zero.
///   i, f, o = σ(x·W + h·U + b)   c̃ = tanh(x·W + h·U + b)   c' = f∘c + i∘c̃   h' = o∘tanh(c')
namespace gemel::reference {

/// Of a cell with G gates. S is double, or std::complex<double> for complex-step derivatives:
/// dF/dv = Im F(v + i·ε)/ε.
template <class S = double>
struct CellWeights {
  std::size_t input = 0, hidden = 0;  // I, H
  std::vector<S> weight_layer;        // [I, G, H]
  std::vector<S> weight_iter;         // [H, G, H]
  std::vector<S> bias;                // [G, H]

  CellWeights(std::size_t input_size, std::size_t hidden_size, std::size_t gates = 4)
      : input(input_size),
        hidden(hidden_size),
        weight_layer(input * gates * hidden),
        weight_iter(hidden * gates * hidden),
        bias(gates * hidden) {}
};

template <class S = double>
struct CellTrace {
  std::vector<S> gates;  // [T, N, G, H], after σ and tanh
  std::vector<S> y;      // [T, N, H]
  std::vector<S> cell;   // [T, N, H], of an LSTM
};

struct CellGradient {
  CellWeights<double> weights;
  std::vector<double> x;  // [T, N, I]
};

template <class S>
S sigmoid(S v) {
  return S(1) / (S(1) + std::exp(-v));
}

/// x [T, N, I]
template <class S>
CellTrace<S> lstm_forward(const CellWeights<S>& w, std::size_t steps, std::size_t texts,
                          const std::vector<S>& x) {
  const std::size_t in = w.input, h = w.hidden;
  CellTrace<S> out{std::vector<S>(steps * texts * 4 * h), std::vector<S>(steps * texts * h),
                   std::vector<S>(steps * texts * h)};
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t n = 0; n < texts; ++n) {
      const std::size_t now = t * texts + n, before = now - texts;  // before: only where t > 0
      for (std::size_t k = 0; k < 4 * h; ++k) {
        S sum = w.bias[k];
        for (std::size_t i = 0; i < in; ++i) sum += x[now * in + i] * w.weight_layer[i * 4 * h + k];
        for (std::size_t j = 0; t > 0 && j < h; ++j)
          sum += out.y[before * h + j] * w.weight_iter[j * 4 * h + k];
        out.gates[now * 4 * h + k] = k / h == 2 ? std::tanh(sum) : sigmoid(sum);
      }
      for (std::size_t j = 0; j < h; ++j) {
        const S* g = &out.gates[now * 4 * h];
        const S old = t > 0 ? out.cell[before * h + j] : S(0);
        out.cell[now * h + j] = g[h + j] * old + g[j] * g[2 * h + j];
        out.y[now * h + j] = g[3 * h + j] * std::tanh(out.cell[now * h + j]);
      }
    }
  }
  return out;
}

/// Gradients of F where dy [T, N, H] = dF/dy, by the chain rule backwards through time.
inline CellGradient lstm_backward(const CellWeights<double>& w, std::size_t steps,
                                  std::size_t texts, const std::vector<double>& x,
                                  const CellTrace<double>& trace, const std::vector<double>& dy) {
  const std::size_t in = w.input, h = w.hidden;
  CellGradient grad{CellWeights<double>(in, h), std::vector<double>(steps * texts * in)};
  std::vector<double> carry_h(texts * h), carry_c(texts * h), da(4 * h);  // da: before σ and tanh
  for (std::size_t t = steps; t-- > 0;) {
    for (std::size_t n = 0; n < texts; ++n) {
      const std::size_t now = t * texts + n, before = now - texts;
      const double* g = &trace.gates[now * 4 * h];
      for (std::size_t j = 0; j < h; ++j) {
        const double i = g[j], f = g[h + j], c = g[2 * h + j], o = g[3 * h + j];
        const double old = t > 0 ? trace.cell[before * h + j] : 0.0;
        const double squashed = std::tanh(trace.cell[now * h + j]);
        const double dh = dy[now * h + j] + carry_h[n * h + j];
        const double dc = carry_c[n * h + j] + dh * o * (1 - squashed * squashed);
        da[j] = dc * c * i * (1 - i);
        da[h + j] = dc * old * f * (1 - f);
        da[2 * h + j] = dc * i * (1 - c * c);
        da[3 * h + j] = dh * squashed * o * (1 - o);
        carry_c[n * h + j] = dc * f;
        carry_h[n * h + j] = 0;
      }
      for (std::size_t k = 0; k < 4 * h; ++k) {
        grad.weights.bias[k] += da[k];
        for (std::size_t i = 0; i < in; ++i) {
          grad.weights.weight_layer[i * 4 * h + k] += x[now * in + i] * da[k];
          grad.x[now * in + i] += w.weight_layer[i * 4 * h + k] * da[k];
        }
        for (std::size_t j = 0; t > 0 && j < h; ++j) {
          grad.weights.weight_iter[j * 4 * h + k] += trace.y[before * h + j] * da[k];
          carry_h[n * h + j] += w.weight_iter[j * 4 * h + k] * da[k];
        }
      }
    }
  }
  return grad;
}

}  // namespace gemel::reference
