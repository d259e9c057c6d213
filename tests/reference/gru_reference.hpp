#pragma once
#include "tests/reference/lstm_reference.hpp"

/// One direction of a GRU layer (Cho et al. 2014), as naively as the LSTM. Gate order u, r, õ.
///   u, r = σ(x·W + h·U + b)   õ = tanh(x·W + (r∘h)·U + b)   h' = u∘h + (1 − u)∘õ
namespace gemel::reference {

template <class S>
CellTrace<S> gru_forward(const CellWeights<S>& w, std::size_t steps, std::size_t texts,
                         const std::vector<S>& x) {
  const std::size_t in = w.input, h = w.hidden;
  CellTrace<S> out{std::vector<S>(steps * texts * 3 * h), std::vector<S>(steps * texts * h), {}};
  for (std::size_t now = 0; now < steps * texts; ++now) {
    const std::vector<S> old =
        now < texts ? std::vector<S>(h)
                    : std::vector<S>(&out.y[(now - texts) * h], &out.y[(now - texts) * h] + h);
    S* g = &out.gates[now * 3 * h];
    for (std::size_t k = 0; k < 3 * h; ++k) {
      S sum = w.bias[k];
      for (std::size_t i = 0; i < in; ++i) sum += x[now * in + i] * w.weight_layer[i * 3 * h + k];
      for (std::size_t j = 0; j < h; ++j)  // õ comes last, when r is known
        sum += (k < 2 * h ? old[j] : g[h + j] * old[j]) * w.weight_iter[j * 3 * h + k];
      g[k] = k < 2 * h ? sigmoid(sum) : std::tanh(sum);
    }
    for (std::size_t j = 0; j < h; ++j)
      out.y[now * h + j] = g[j] * old[j] + (S(1) - g[j]) * g[2 * h + j];
  }
  return out;
}

/// Gradients of F where dy [T, N, H] = dF/dy, by the chain rule backwards through time.
inline CellGradient gru_backward(const CellWeights<double>& w, std::size_t steps, std::size_t texts,
                                 const std::vector<double>& x, const CellTrace<double>& trace,
                                 const std::vector<double>& dy) {
  const std::size_t in = w.input, h = w.hidden;
  CellGradient grad{CellWeights<double>(in, h, 3), std::vector<double>(steps * texts * in)};
  std::vector<double> dh = dy;  // grows by what later steps pass down
  for (std::size_t now = steps * texts; now-- > 0;) {
    const double* g = &trace.gates[now * 3 * h];
    std::vector<double> old(h), dold(h), da(3 * h);  // da: before σ and tanh
    for (std::size_t j = 0; j < h; ++j) {
      const double u = g[j], o = g[2 * h + j], d = dh[now * h + j];
      old[j] = now < texts ? 0.0 : trace.y[(now - texts) * h + j];
      dold[j] = d * u;
      da[j] = d * (old[j] - o) * u * (1 - u);
      da[2 * h + j] = d * (1 - u) * (1 - o * o);
    }
    for (std::size_t j = 0; j < h; ++j) {
      const double r = g[h + j];
      double dreset = 0;  // of (r∘h)_j
      for (std::size_t k = 0; k < h; ++k) {
        dreset += da[2 * h + k] * w.weight_iter[j * 3 * h + 2 * h + k];
        grad.weights.weight_iter[j * 3 * h + 2 * h + k] += r * old[j] * da[2 * h + k];
      }
      dold[j] += dreset * r;
      da[h + j] = dreset * old[j] * r * (1 - r);
    }
    for (std::size_t k = 0; k < 3 * h; ++k) {
      grad.weights.bias[k] += da[k];
      for (std::size_t i = 0; i < in; ++i) {
        grad.weights.weight_layer[i * 3 * h + k] += x[now * in + i] * da[k];
        grad.x[now * in + i] += w.weight_layer[i * 3 * h + k] * da[k];
      }
      for (std::size_t j = 0; k < 2 * h && j < h; ++j) {
        grad.weights.weight_iter[j * 3 * h + k] += old[j] * da[k];
        dold[j] += w.weight_iter[j * 3 * h + k] * da[k];
      }
    }
    for (std::size_t j = 0; now >= texts && j < h; ++j) dh[(now - texts) * h + j] += dold[j];
  }
  return grad;
}

}  // namespace gemel::reference
