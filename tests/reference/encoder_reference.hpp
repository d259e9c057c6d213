#pragma once
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/encoder_config.hpp"
#include "tests/reference/gru_reference.hpp"

/// The whole encoder of kind lstm or gru for ONE text, written naively in double precision: no
/// batch, no padding, no masks over steps. The oracle of tests; shares no code with the library but
/// the config struct.
namespace gemel::reference {

/// By the names of the encoder's layout.
template <class S = double>
using Parameters = std::map<std::string, std::vector<S>>;
/// Dropout's factor at a site (-1 output, 0 embedding, l input of layer l), step and element.
using MaskFactor = std::function<double(int site, std::size_t t, std::size_t j)>;

template <class S = double>
struct EncoderTrace {
  struct Layer {
    std::vector<S> x;                // [T, I], after dropout
    CellTrace<S> forward, backward;  // backward over the reversed text
    std::vector<S> states;           // [T, 2H], both directions at the same token
  };
  std::vector<Layer> layers;
  std::vector<std::size_t> argmax;      // [2H]
  std::vector<S> scorer;                // [T, A]
  std::vector<std::vector<S>> weights;  // [heads][T]
  std::vector<S> pooled;                // [P], after dropout
  std::vector<S> projected;             // [D], or pooled where there is no projection
  S norm = S(1);
  std::vector<S> vector;  // [D], the embedding
};

/// [T, width] with its rows in reverse order.
template <class S>
std::vector<S> reversed(const std::vector<S>& rows, std::size_t width) {
  std::vector<S> out;
  for (std::size_t t = rows.size() / width; t-- > 0;)
    out.insert(out.end(), rows.begin() + static_cast<std::ptrdiff_t>(t * width),
               rows.begin() + static_cast<std::ptrdiff_t>((t + 1) * width));
  return out;
}

/// Two of [T, H] side by side, and apart again.
template <class S>
std::vector<S> beside(const std::vector<S>& a, const std::vector<S>& b, std::size_t h) {
  std::vector<S> out(2 * a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    out[i / h * 2 * h + i % h] = a[i];
    out[i / h * 2 * h + h + i % h] = b[i];
  }
  return out;
}
inline std::vector<double> half(const std::vector<double>& both, std::size_t h, std::size_t which) {
  std::vector<double> out(both.size() / 2);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = both[i / h * 2 * h + which * h + i % h];
  return out;
}

inline std::string layer_name(const EncoderConfig& c, std::size_t layer, bool backward) {
  return (c.kind == EncoderKind::gru ? "gru." : "lstm.") + std::to_string(layer) +
         (backward ? ".backward." : ".forward.");
}

template <class S>
CellWeights<S> layer_weights(const EncoderConfig& c, const Parameters<S>& p, std::size_t layer,
                             bool backward) {
  const std::string name = layer_name(c, layer, backward);
  const std::size_t h = static_cast<std::size_t>(c.hidden_size);
  const std::size_t gates = p.at(name + "bias").size() / h;
  CellWeights<S> w(p.at(name + "weight_layer").size() / (gates * h), h, gates);
  w.weight_layer = p.at(name + "weight_layer");
  w.weight_iter = p.at(name + "weight_iter");
  w.bias = p.at(name + "bias");
  return w;
}

template <class S>
CellTrace<S> cell_forward(const EncoderConfig& c, const CellWeights<S>& w, std::size_t length,
                          const std::vector<S>& x) {
  return c.kind == EncoderKind::gru ? gru_forward(w, length, 1, x) : lstm_forward(w, length, 1, x);
}

/// What layer l reads, [T, I], after dropout: the embedding (already dropped) at the bottom; above,
/// the states of the layer below or, with shortcuts, the embedding and the states of all below.
template <class S>
std::vector<S> layer_input(const EncoderConfig& c, const std::vector<S>& embedded,
                           const std::vector<std::vector<S>>& states, std::size_t length,
                           const MaskFactor& mask) {
  const std::size_t l = states.size(), h2 = 2 * static_cast<std::size_t>(c.hidden_size);
  const std::size_t e = embedded.size() / length;
  if (l == 0) return embedded;
  std::vector<S> x;
  for (std::size_t t = 0; t < length; ++t) {
    for (std::size_t j = 0; c.shortcut && j < e; ++j) x.push_back(embedded[t * e + j]);
    std::size_t column = 0;  // among the states
    for (std::size_t k = c.shortcut ? 0 : l - 1; k < l; ++k)
      for (std::size_t j = 0; j < h2; ++j)
        x.push_back(states[k][t * h2 + j] * mask(static_cast<int>(l), t, column++));
  }
  return x;
}

/// Attention weights of one head and what they pool to, appended to `pooled`.
template <class S>
void pool_attention(const EncoderConfig& c, const Parameters<S>& p, const std::vector<S>& states,
                    std::size_t length, EncoderTrace<S>& trace) {
  const std::size_t width = 2 * static_cast<std::size_t>(c.hidden_size);
  const std::size_t size = static_cast<std::size_t>(c.attention_size);
  const std::size_t heads = static_cast<std::size_t>(c.attention_heads);
  trace.scorer = std::vector<S>(length * size);
  for (std::size_t t = 0; t < length; ++t)
    for (std::size_t a = 0; a < size; ++a) {
      S sum = p.at("attention.bias")[a];
      for (std::size_t j = 0; j < width; ++j)
        sum += states[t * width + j] * p.at("attention.weight")[j * size + a];
      trace.scorer[t * size + a] = std::tanh(sum);
    }
  for (std::size_t k = 0; k < heads; ++k) {
    std::vector<S> weight(length);
    S total = S(0);
    for (std::size_t t = 0; t < length; ++t) {
      S score = S(0);
      for (std::size_t a = 0; a < size; ++a)
        score += trace.scorer[t * size + a] * p.at("attention.vector")[a * heads + k];
      weight[t] = std::exp(score);
      total += weight[t];
    }
    for (S& w : weight) w /= total;
    for (std::size_t j = 0; j < width; ++j) {
      S sum = S(0);
      for (std::size_t t = 0; t < length; ++t) sum += weight[t] * states[t * width + j];
      trace.pooled.push_back(sum);
    }
    trace.weights.push_back(weight);
  }
}

template <class S>
void pool(const EncoderConfig& c, const Parameters<S>& p, const std::vector<S>& states,
          std::size_t length, EncoderTrace<S>& trace) {
  const std::size_t h = static_cast<std::size_t>(c.hidden_size), width = 2 * h;
  for (const Pooling kind : c.pooling) {
    if (kind == Pooling::attention) pool_attention(c, p, states, length, trace);
    for (std::size_t j = 0; kind != Pooling::attention && j < width; ++j) {
      S sum = S(0);
      std::size_t best = 0;
      for (std::size_t t = 0; t < length; ++t) {
        sum += states[t * width + j];
        if (std::real(states[t * width + j]) > std::real(states[best * width + j])) best = t;
      }
      const std::size_t end = j < h ? length - 1 : 0;  // the token a direction reads last
      if (kind == Pooling::max) trace.argmax.push_back(best);
      trace.pooled.push_back(kind == Pooling::mean  ? sum / static_cast<double>(length)
                             : kind == Pooling::max ? states[best * width + j]
                                                    : states[end * width + j]);
    }
  }
}

template <class S>
EncoderTrace<S> encode(const EncoderConfig& c, const Parameters<S>& p,
                       const std::vector<std::int32_t>& ids, const MaskFactor& mask) {
  const std::size_t h = static_cast<std::size_t>(c.hidden_size), length = ids.size();
  const std::size_t e = static_cast<std::size_t>(c.embedding_size);
  EncoderTrace<S> trace;
  std::vector<S> embedded(length * e);
  for (std::size_t i = 0; i < embedded.size(); ++i)
    embedded[i] = p.at("embedding.weight")[static_cast<std::size_t>(ids[i / e]) * e + i % e] *
                  mask(0, i / e, i % e);
  std::vector<std::vector<S>> states;  // of the layers so far
  for (std::size_t l = 0; l < static_cast<std::size_t>(c.layers); ++l) {
    typename EncoderTrace<S>::Layer layer;
    layer.x = layer_input(c, embedded, states, length, mask);
    const std::size_t in = layer.x.size() / length;
    layer.forward = cell_forward(c, layer_weights(c, p, l, false), length, layer.x);
    layer.backward = cell_forward(c, layer_weights(c, p, l, true), length, reversed(layer.x, in));
    layer.states = beside(layer.forward.y, reversed(layer.backward.y, h), h);
    states.push_back(layer.states);
    trace.layers.push_back(layer);
  }
  pool(c, p, states.back(), length, trace);
  for (std::size_t j = 0; j < trace.pooled.size(); ++j) trace.pooled[j] *= mask(-1, 0, j);
  trace.projected = trace.pooled;
  if (c.projection_size > 0) {
    trace.projected = p.at("projection.bias");
    const std::size_t d = trace.projected.size();
    for (std::size_t i = 0; i < trace.pooled.size() * d; ++i)
      trace.projected[i % d] += trace.pooled[i / d] * p.at("projection.weight")[i];
  }
  if (c.unit_length) {
    trace.norm = S(0);
    for (const S& v : trace.projected) trace.norm += v * v;
    trace.norm = std::sqrt(trace.norm);
  }
  for (const S& v : trace.projected)
    trace.vector.push_back(std::real(trace.norm) == 0 ? S(0) : v / trace.norm);
  return trace;
}

}  // namespace gemel::reference
