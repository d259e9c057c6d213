#pragma once
#include <complex>

#include "tests/reference/encoder_reference.hpp"
#include "tests/reference/gru_reference.hpp"

/// Encoders of every kind for ONE text, written naively over any scalar: in double they give the
/// vector, in complex numbers its exact derivative (Squire and Trapp 1998). Shares no code with the
/// library but the config struct.
namespace gemel::reference {

template <class S>
using Rows = std::vector<std::vector<S>>;  // [T][width]

template <class S = double>
struct KindTrace {
  std::vector<S> vector;  // [D]
  Rows<S> weights;        // [heads][T], of attention pooling
  S penalty = S(0);       // ‖A·Aᵀ − I‖² of these
};

/// x·W, W: [in, out], plus the bias if there is one.
template <class S>
std::vector<S> times(const std::vector<S>& x, const std::vector<S>& weight,
                     const std::vector<S>* bias = nullptr) {
  const std::size_t out = weight.size() / x.size();
  std::vector<S> y = bias ? *bias : std::vector<S>(out);
  for (std::size_t i = 0; i < weight.size(); ++i) y[i % out] += x[i / out] * weight[i];
  return y;
}

template <class S>
void softmax(std::vector<S>& scores) {
  S total = S(0);
  for (S& s : scores) total += s = std::exp(s);
  for (S& s : scores) s /= total;
}

template <class S>
Rows<S> convolution_layer(const EncoderConfig& c, const Parameters<S>& p, int layer,
                          const Rows<S>& x) {
  const std::size_t f = static_cast<std::size_t>(c.hidden_size), in = x[0].size();
  Rows<S> y(x.size());
  for (const int w : c.widths) {
    const std::string name =
        "convolution." + std::to_string(layer) + ".width" + std::to_string(w) + ".";
    for (int t = 0; t < static_cast<int>(x.size()); ++t)
      for (std::size_t j = 0; j < f; ++j) {
        S sum = p.at(name + "bias")[j];
        for (int k = 0; k < w; ++k) {
          const int at = t - (w - 1) / 2 + k;
          if (at < 0 || at >= static_cast<int>(x.size())) continue;
          for (std::size_t i = 0; i < in; ++i)
            sum += x[static_cast<std::size_t>(at)][i] *
                   p.at(name + "weight")[(static_cast<std::size_t>(k) * in + i) * f + j];
        }
        y[static_cast<std::size_t>(t)].push_back(std::real(sum) > 0 ? sum : S(0));
      }
  }
  return y;
}

/// Both directions of an LSTM or GRU layer, side by side at the same token.
template <class S>
Rows<S> recurrent_layer(const EncoderConfig& c, const Parameters<S>& p, int layer,
                        const Rows<S>& x) {
  const bool gru = c.kind == EncoderKind::gru;
  const std::size_t h = static_cast<std::size_t>(c.hidden_size), in = x[0].size();
  Rows<S> y(x.size());
  for (const bool backward : {false, true}) {
    const std::string name =
        (gru ? "gru." : "lstm.") + std::to_string(layer) + (backward ? ".backward." : ".forward.");
    CellWeights<S> w(in, h, gru ? 3 : 4);
    w.weight_layer = p.at(name + "weight_layer");
    w.weight_iter = p.at(name + "weight_iter");
    w.bias = p.at(name + "bias");
    std::vector<S> flat;  // [T, in], in reading order
    for (std::size_t t = 0; t < x.size(); ++t) {
      const std::vector<S>& row = x[backward ? x.size() - 1 - t : t];
      flat.insert(flat.end(), row.begin(), row.end());
    }
    const std::vector<S> states =
        gru ? gru_forward(w, x.size(), 1, flat).y : lstm_forward(w, x.size(), 1, flat).y;
    for (std::size_t t = 0; t < x.size(); ++t)
      for (std::size_t j = 0; j < h; ++j)
        y[t].push_back(states[(backward ? x.size() - 1 - t : t) * h + j]);
  }
  return y;
}

/// States of the layers on top of the embedded tokens, after dropout of their inputs.
template <class S>
Rows<S> run_layers(const EncoderConfig& c, const Parameters<S>& p, const Rows<S>& embedded,
                   const MaskFactor& mask) {
  Rows<S> x = embedded, below(embedded.size());  // below: states of all lower layers
  for (int l = 0; l < c.layers; ++l) {
    for (std::size_t t = 0; l > 0 && t < x.size(); ++t) {
      if (c.shortcut) x[t] = below[t];
      for (std::size_t j = 0; j < x[t].size(); ++j) x[t][j] *= mask(l, t, j);
      if (c.shortcut) x[t].insert(x[t].begin(), embedded[t].begin(), embedded[t].end());
    }
    x = c.kind == EncoderKind::convolution ? convolution_layer(c, p, l, x)
                                           : recurrent_layer(c, p, l, x);
    for (std::size_t t = 0; t < x.size(); ++t)
      below[t].insert(below[t].end(), x[t].begin(), x[t].end());
  }
  return x;
}

/// Vaswani et al. 2017, one pair of steps at a time.
template <class S>
Rows<S> attend_to_states(const EncoderConfig& c, const Parameters<S>& p, const Rows<S>& x) {
  const std::size_t width = x[0].size();
  const std::size_t part = width / static_cast<std::size_t>(c.state_attention_heads);
  Rows<S> query, key, value, y;
  for (const std::vector<S>& row : x) {
    query.push_back(times(row, p.at("state_attention.query")));
    key.push_back(times(row, p.at("state_attention.key")));
    value.push_back(times(row, p.at("state_attention.value")));
  }
  for (std::size_t t = 0; t < x.size(); ++t) {
    std::vector<S> mixed(width);
    for (std::size_t first = 0; first < width; first += part) {
      std::vector<S> weights(x.size());
      for (std::size_t u = 0; u < x.size(); ++u) {
        for (std::size_t j = first; j < first + part; ++j) weights[u] += query[t][j] * key[u][j];
        weights[u] /= std::sqrt(static_cast<double>(part));
      }
      softmax(weights);
      for (std::size_t u = 0; u < x.size(); ++u)
        for (std::size_t j = first; j < first + part; ++j) mixed[j] += weights[u] * value[u][j];
    }
    y.push_back(times(mixed, p.at("state_attention.output")));
    for (std::size_t j = 0; j < width; ++j) y[t][j] += x[t][j];
  }
  return y;
}

/// Lin et al. 2017.
template <class S>
void pool_by_attention(const EncoderConfig& c, const Parameters<S>& p, const Rows<S>& x,
                       KindTrace<S>& trace) {
  const std::size_t heads = static_cast<std::size_t>(c.attention_heads);
  trace.weights.assign(heads, {});
  for (const std::vector<S>& row : x) {
    std::vector<S> scorer = times(row, p.at("attention.weight"), &p.at("attention.bias"));
    for (S& v : scorer) v = std::tanh(v);
    const std::vector<S> scores = times(scorer, p.at("attention.vector"));
    for (std::size_t k = 0; k < heads; ++k) trace.weights[k].push_back(scores[k]);
  }
  for (std::vector<S>& weights : trace.weights) softmax(weights);
  for (std::size_t i = 0; i < heads; ++i)
    for (std::size_t j = 0; j < heads; ++j) {
      S product = S(i == j ? -1 : 0);
      for (std::size_t t = 0; t < x.size(); ++t)
        product += trace.weights[i][t] * trace.weights[j][t];
      trace.penalty += product * product;
    }
}

template <class S>
std::vector<S> pool_rows(const EncoderConfig& c, const Parameters<S>& p, const Rows<S>& x,
                         KindTrace<S>& trace) {
  std::vector<S> out;
  const std::size_t width = x[0].size();
  const bool two_orders = c.kind == EncoderKind::lstm || c.kind == EncoderKind::gru;
  for (const Pooling kind : c.pooling) {
    if (kind == Pooling::attention) pool_by_attention(c, p, x, trace);
    const std::size_t blocks = kind == Pooling::attention ? trace.weights.size() : 1;
    for (std::size_t i = 0; i < blocks * width; ++i) {
      const std::size_t j = i % width;
      const bool first_last = two_orders && j >= width / 2;  // read right to left
      S value = kind == Pooling::max
                    ? x[0][j]
                    : (kind == Pooling::last ? x[first_last ? 0 : x.size() - 1][j] : S(0));
      for (std::size_t t = 0; t < x.size() && kind != Pooling::last; ++t) {
        if (kind == Pooling::mean) value += x[t][j] / static_cast<double>(x.size());
        if (kind == Pooling::attention) value += x[t][j] * trace.weights[i / width][t];
        if (kind == Pooling::max && std::real(x[t][j]) > std::real(value)) value = x[t][j];
      }
      out.push_back(value);
    }
  }
  return out;
}

template <class S>
KindTrace<S> encode_kind(const EncoderConfig& c, const Parameters<S>& p,
                         const std::vector<std::int32_t>& ids, const MaskFactor& mask) {
  const std::size_t e = static_cast<std::size_t>(c.embedding_size);
  const auto drop = [&](int site, std::size_t t, std::vector<S>& row) {
    for (std::size_t j = 0; j < row.size(); ++j) row[j] *= mask(site, t, j);
  };
  Rows<S> x;
  for (const std::int32_t id : ids) {
    const auto from = p.at("embedding.weight").begin() + static_cast<std::ptrdiff_t>(e) * id;
    x.emplace_back(from, from + static_cast<std::ptrdiff_t>(e));
    drop(0, x.size() - 1, x.back());
  }
  if (c.kind != EncoderKind::average) x = run_layers(c, p, x, mask);
  if (c.state_attention_heads > 0) x = attend_to_states(c, p, x);
  KindTrace<S> trace;
  std::vector<S> row = pool_rows(c, p, x, trace);
  for (int l = 0; c.kind == EncoderKind::average && l < c.layers; ++l) {
    const std::string name = "feed_forward." + std::to_string(l) + ".";
    if (l > 0) drop(l, 0, row);
    row = times(row, p.at(name + "weight"), &p.at(name + "bias"));
    for (S& v : row) v = std::tanh(v);
  }
  drop(-1, 0, row);
  if (c.projection_size > 0) row = times(row, p.at("projection.weight"), &p.at("projection.bias"));
  S squares = S(0);
  for (const S& v : row) squares += v * v;
  if (c.unit_length)
    for (S& v : row) v /= std::sqrt(squares);
  trace.vector = row;
  return trace;
}

/// Gradient of `objective`, a function of Parameters<complex>, at p.
template <class Objective>
Parameters<> complex_step_gradient(const Parameters<>& p, Objective&& objective) {
  using Complex = std::complex<double>;
  constexpr double kStep = 1e-40;
  Parameters<Complex> at;
  for (const auto& [name, values] : p) at[name].assign(values.begin(), values.end());
  Parameters<> gradient;
  for (auto& [name, values] : at)
    for (Complex& v : values) {
      v.imag(kStep);
      gradient[name].push_back(std::imag(objective(at)) / kStep);
      v.imag(0);
    }
  return gradient;
}

}  // namespace gemel::reference
