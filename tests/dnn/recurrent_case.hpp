#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "core/random.hpp"
#include "dnn/context.hpp"
#include "dnn/recurrent.hpp"
#include "tests/reference/gru_reference.hpp"
#include "tests/reference/lstm_reference.hpp"

/// Random problems for the recurrent layer's tests, in double for the oracle and in the compute
/// type for the library. Values are rounded to the compute type first, so that both see the same
/// numbers.
namespace gemel::test {

inline std::uint16_t to_bf16(float v) {  // round to nearest, ties to even; no NaN here
  const auto bits = std::bit_cast<std::uint32_t>(v);
  return static_cast<std::uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}
inline float from_bf16(std::uint16_t v) {
  return std::bit_cast<float>(std::uint32_t{v} << 16);
}

/// Activations in the compute type, and back.
inline std::vector<std::byte> encode(Precision p, const std::vector<double>& values) {
  const std::size_t width = p == Precision::bf16 ? 2 : 4;
  std::vector<std::byte> out(values.size() * width);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float f = static_cast<float>(values[i]);
    const std::uint16_t half = to_bf16(f);
    std::memcpy(&out[i * width], p == Precision::bf16 ? static_cast<const void*>(&half) : &f,
                width);
  }
  return out;
}
inline std::vector<double> decode(Precision p, const std::vector<std::byte>& bytes) {
  const std::size_t width = p == Precision::bf16 ? 2 : 4;
  std::vector<double> out(bytes.size() / width);
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::uint16_t half = 0;
    float f = 0;
    std::memcpy(p == Precision::bf16 ? static_cast<void*>(&half) : &f, &bytes[i * width], width);
    out[i] = p == Precision::bf16 ? from_bf16(half) : f;
  }
  return out;
}

struct RecurrentCase {
  int steps, texts;
  std::int64_t input, hidden;
  Precision precision = Precision::f32;
  dnn::Cell cell = dnn::Cell::lstm;
  reference::CellWeights<double> weights;
  std::vector<double> x;   // [T, N, I]
  std::vector<double> dy;  // [T, N, H]

  RecurrentCase(int t, int n, std::int64_t i, std::int64_t h, Precision p, std::uint64_t seed,
                dnn::Cell kind = dnn::Cell::lstm)
      : steps(t),
        texts(n),
        input(i),
        hidden(h),
        precision(p),
        cell(kind),
        weights(static_cast<std::size_t>(i), static_cast<std::size_t>(h),
                static_cast<std::size_t>(dnn::gates(kind))) {
    Random random(seed);
    const double scale = 1 / std::sqrt(static_cast<double>(h));
    for (auto* values : {&weights.weight_layer, &weights.weight_iter})
      for (double& v : *values) v = round(random.uniform(-scale, scale));
    for (double& v : weights.bias) v = static_cast<float>(random.uniform(-0.5, 0.5));
    x.resize(count(input));
    for (double& v : x) v = round(random.uniform(-1, 1));
    dy.resize(count(hidden));
    for (double& v : dy) v = static_cast<float>(random.uniform(-1, 1));
  }
  std::size_t count(std::int64_t width) const {
    return static_cast<std::size_t>(steps * texts * width);
  }
  dnn::Recurrent layer() const { return {input, hidden, precision, cell}; }
  reference::CellWeights<double> zeros() const {
    return {weights.input, weights.hidden, static_cast<std::size_t>(dnn::gates(cell))};
  }
  reference::CellTrace<double> oracle() const {
    const auto t = static_cast<std::size_t>(steps), n = static_cast<std::size_t>(texts);
    return cell == dnn::Cell::gru ? reference::gru_forward(weights, t, n, x)
                                  : reference::lstm_forward(weights, t, n, x);
  }
  reference::CellGradient oracle_gradient(const reference::CellTrace<double>& trace) const {
    const auto t = static_cast<std::size_t>(steps), n = static_cast<std::size_t>(texts);
    return cell == dnn::Cell::gru ? reference::gru_backward(weights, t, n, x, trace, dy)
                                  : reference::lstm_backward(weights, t, n, x, trace, dy);
  }
  double round(double v) const {
    const float f = static_cast<float>(v);
    return precision == Precision::bf16 ? from_bf16(to_bf16(f)) : f;
  }
};

/// Every cell in every precision that this CPU has.
struct Kind {
  dnn::Cell cell;
  Precision precision;
};
inline std::vector<Kind> kinds() {
  std::vector<Kind> all;
  for (const dnn::Cell cell : {dnn::Cell::lstm, dnn::Cell::gru})
    for (const Precision p : {Precision::f32, Precision::bf16})
      if (dnn::supported(p, cell)) all.push_back({cell, p});
  return all;
}

inline std::vector<float> to_floats(const std::vector<double>& v) {
  return {v.begin(), v.end()};
}

struct PlainWeights {
  std::vector<float> layer, iter, bias;
  explicit PlainWeights(const reference::CellWeights<double>& w)
      : layer(to_floats(w.weight_layer)), iter(to_floats(w.weight_iter)), bias(to_floats(w.bias)) {}
  dnn::RecurrentParameters parameters() const { return {layer.data(), iter.data(), bias.data()}; }
  dnn::RecurrentGradients gradients() { return {layer.data(), iter.data(), bias.data()}; }
};

/// y [T, N, H] as the library's inference gives it, in the compute type.
inline std::vector<std::byte> infer(const dnn::Recurrent& lstm, dnn::Context& context,
                                    const dnn::Recurrent::Packed& packed, const RecurrentCase& c) {
  const auto x = encode(c.precision, c.x);
  std::vector<std::byte> y(c.count(c.hidden) * (x.size() / c.x.size()));
  lstm.forward(context, packed, c.steps, c.texts, x.data(), y.data(), c.hidden, nullptr);
  return y;
}

/// max |a - b| / max |b|
inline double relative_error(const std::vector<double>& a, const std::vector<double>& b) {
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double here = std::abs(a[i] - b[i]);
    difference = here <= difference ? difference : here;  // NaN becomes the largest
    size = std::max(size, std::abs(b[i]));
  }
  return difference / size;
}

}  // namespace gemel::test
