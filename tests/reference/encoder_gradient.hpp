#pragma once
#include "tests/reference/encoder_reference.hpp"

/// Gradients of the naive encoder, by the chain rule backwards; every function ADDS to `gradient`.
namespace gemel::reference {

inline void add_to(std::vector<double>& sum, const std::vector<double>& part) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += part[i];
}

/// All parameters at zero, in the shapes of `p`.
inline Parameters<> zeros_like(const Parameters<>& p) {
  Parameters<> out;
  for (const auto& [name, values] : p) out[name].assign(values.size(), 0.0);
  return out;
}

/// dstates += …; dpooled: the 2H columns of head k.
inline void attention_head_backward(const EncoderConfig& c, const Parameters<>& p,
                                    const std::vector<double>& states, const EncoderTrace<>& trace,
                                    std::size_t k, const double* dpooled,
                                    std::vector<double>& dstates, Parameters<>& gradient) {
  const std::size_t width = 2 * static_cast<std::size_t>(c.hidden_size);
  const std::size_t size = static_cast<std::size_t>(c.attention_size);
  const std::size_t heads = static_cast<std::size_t>(c.attention_heads);
  const std::vector<double>& weight = trace.weights[k];
  std::vector<double> dweight(weight.size());
  double mean = 0;
  for (std::size_t t = 0; t < weight.size(); ++t) {
    for (std::size_t j = 0; j < width; ++j) {
      dweight[t] += dpooled[j] * states[t * width + j];
      dstates[t * width + j] += dpooled[j] * weight[t];
    }
    mean += weight[t] * dweight[t];
  }
  for (std::size_t t = 0; t < weight.size(); ++t) {
    const double dscore = weight[t] * (dweight[t] - mean);
    for (std::size_t a = 0; a < size; ++a) {
      const double u = trace.scorer[t * size + a];
      gradient["attention.vector"][a * heads + k] += dscore * u;
      const double dsum = dscore * p.at("attention.vector")[a * heads + k] * (1 - u * u);
      gradient["attention.bias"][a] += dsum;
      for (std::size_t j = 0; j < width; ++j) {
        gradient["attention.weight"][j * size + a] += dsum * states[t * width + j];
        dstates[t * width + j] += dsum * p.at("attention.weight")[j * size + a];
      }
    }
  }
}

/// @return dstates [T, 2H] of the last layer.
inline std::vector<double> pool_backward(const EncoderConfig& c, const Parameters<>& p,
                                         const EncoderTrace<>& trace,
                                         const std::vector<double>& dpooled,
                                         Parameters<>& gradient) {
  const std::size_t h = static_cast<std::size_t>(c.hidden_size), width = 2 * h;
  const std::vector<double>& states = trace.layers.back().states;
  const std::size_t length = states.size() / width;
  std::vector<double> dstates(states.size());
  const double* column = dpooled.data();
  for (const Pooling kind : c.pooling) {
    const std::size_t blocks =
        kind == Pooling::attention ? static_cast<std::size_t>(c.attention_heads) : 1;
    for (std::size_t k = 0; k < blocks; ++k, column += width) {
      if (kind == Pooling::attention)
        attention_head_backward(c, p, states, trace, k, column, dstates, gradient);
      for (std::size_t j = 0; kind != Pooling::attention && j < width; ++j) {
        if (kind == Pooling::mean)
          for (std::size_t t = 0; t < length; ++t)
            dstates[t * width + j] += column[j] / static_cast<double>(length);
        if (kind == Pooling::max) dstates[trace.argmax[j] * width + j] += column[j];
        if (kind == Pooling::last) dstates[(j < h ? length - 1 : 0) * width + j] += column[j];
      }
    }
  }
  return dstates;
}

/// @return dpooled [P], before the output's dropout.
inline std::vector<double> output_backward(const EncoderConfig& c, const Parameters<>& p,
                                           const MaskFactor& mask, const EncoderTrace<>& trace,
                                           std::vector<double> dout, Parameters<>& gradient) {
  double along = 0;
  for (std::size_t j = 0; j < dout.size(); ++j) along += dout[j] * trace.vector[j];
  for (std::size_t j = 0; c.unit_length && j < dout.size(); ++j)
    dout[j] = trace.norm == 0 ? 0 : (dout[j] - trace.vector[j] * along) / trace.norm;
  std::vector<double> dpooled = dout;
  if (c.projection_size > 0) {
    const std::size_t d = dout.size();
    dpooled.assign(trace.pooled.size(), 0.0);
    add_to(gradient["projection.bias"], dout);
    for (std::size_t i = 0; i < dpooled.size() * d; ++i) {
      gradient["projection.weight"][i] += trace.pooled[i / d] * dout[i % d];
      dpooled[i / d] += p.at("projection.weight")[i] * dout[i % d];
    }
  }
  for (std::size_t j = 0; j < dpooled.size(); ++j) dpooled[j] *= mask(-1, 0, j);
  return dpooled;
}

/// Through one layer: dstates [T, 2H] → dx [T, I], before the input's dropout.
inline std::vector<double> layer_backward(const EncoderConfig& c, const Parameters<>& p,
                                          const EncoderTrace<>::Layer& layer, std::size_t l,
                                          const std::vector<double>& dstates,
                                          Parameters<>& gradient) {
  const std::size_t h = static_cast<std::size_t>(c.hidden_size);
  const std::size_t length = dstates.size() / (2 * h), in = layer.x.size() / length;
  const auto cell_backward = c.kind == EncoderKind::gru ? gru_backward : lstm_backward;
  std::vector<double> dx(layer.x.size());
  for (const bool backward : {false, true}) {
    const std::vector<double> own = half(dstates, h, backward ? 1 : 0);
    const CellGradient g = cell_backward(
        layer_weights(c, p, l, backward), length, 1, backward ? reversed(layer.x, in) : layer.x,
        backward ? layer.backward : layer.forward, backward ? reversed(own, h) : own);
    const std::string name = layer_name(c, l, backward);
    add_to(gradient[name + "weight_layer"], g.weights.weight_layer);
    add_to(gradient[name + "weight_iter"], g.weights.weight_iter);
    add_to(gradient[name + "bias"], g.weights.bias);
    add_to(dx, backward ? reversed(g.x, in) : g.x);
  }
  return dx;
}

/// Adds the gradients of Σ dout∘vector.
inline void encode_backward(const EncoderConfig& c, const Parameters<>& p,
                            const std::vector<std::int32_t>& ids, const MaskFactor& mask,
                            const EncoderTrace<>& trace, const std::vector<double>& dout,
                            Parameters<>& gradient) {
  const std::size_t h2 = 2 * static_cast<std::size_t>(c.hidden_size), length = ids.size();
  const std::size_t e = static_cast<std::size_t>(c.embedding_size);
  const std::vector<double> dpooled = output_backward(c, p, mask, trace, dout, gradient);
  std::vector<std::vector<double>> dstates(trace.layers.size(), std::vector<double>(length * h2));
  dstates.back() = pool_backward(c, p, trace, dpooled, gradient);
  std::vector<double> dembedded(length * e);  // after its dropout
  for (std::size_t l = trace.layers.size(); l-- > 0;) {
    const std::vector<double> dx = layer_backward(c, p, trace.layers[l], l, dstates[l], gradient);
    const std::size_t in = dx.size() / length, lead = l == 0 || c.shortcut ? e : 0;
    for (std::size_t i = 0; i < dx.size(); ++i) {
      const std::size_t t = i / in, j = i % in;
      if (j < lead) {
        dembedded[t * e + j] += dx[i];
        continue;
      }
      const std::size_t column = j - lead, below = c.shortcut ? column / h2 : l - 1;
      dstates[below][t * h2 + column % h2] += dx[i] * mask(static_cast<int>(l), t, column);
    }
  }
  for (std::size_t i = 0; i < dembedded.size(); ++i)
    gradient["embedding.weight"][static_cast<std::size_t>(ids[i / e]) * e + i % e] +=
        dembedded[i] * mask(0, i / e, i % e);
}

}  // namespace gemel::reference
