#pragma once
#include <doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace gemel::test {

/// Row-major numbers of any type, in double.
struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<double> data;

  std::int64_t rank() const { return static_cast<std::int64_t>(shape.size()); }
  std::int64_t size(std::int64_t axis) const { return shape.at(static_cast<std::size_t>(axis)); }
  std::int64_t count() const {
    std::int64_t n = 1;
    for (const std::int64_t s : shape) n *= s;
    return n;
  }
  /// Of element i, and the element at a place.
  std::vector<std::int64_t> place(std::int64_t i) const {
    std::vector<std::int64_t> at(shape.size());
    for (std::size_t k = shape.size(); k-- > 0; i /= shape[k]) at[k] = i % shape[k];
    return at;
  }
  std::size_t index(const std::vector<std::int64_t>& place) const {
    std::int64_t i = 0;
    for (std::size_t k = 0; k < shape.size(); ++k) i = i * shape[k] + place.at(k);
    return static_cast<std::size_t>(i);
  }
  double at(const std::vector<std::int64_t>& place) const { return data.at(index(place)); }
  double& at(const std::vector<std::int64_t>& place) { return data.at(index(place)); }
};

struct LstmStates {
  Tensor y;    // [T, 2, N, H], not a number beyond a text's length
  Tensor y_h;  // [2, N, H]
};

/// ONNX's operator LSTM in both directions, from its description: gates i, o, f, c in rows of
/// W [2, 4H, I] and R [2, 4H, H], B [2, 8H] the bias of W and then that of R, lengths [N]:
///   i, o, f = σ(x·Wᵀ + h·Rᵀ + Wb + Rb)  c̃ = tanh(…)  c' = f∘c + i∘c̃  h' = o∘tanh(c')
/// The second direction reads each text from its own end.
inline LstmStates naive_lstm(const Tensor& x, const Tensor& w, const Tensor& r, const Tensor& b,
                             const Tensor& lengths, std::int64_t h) {
  const std::int64_t steps = x.size(0), texts = x.size(1), inputs = x.size(2);
  REQUIRE(w.shape == std::vector<std::int64_t>{2, 4 * h, inputs});
  REQUIRE(r.shape == std::vector<std::int64_t>{2, 4 * h, h});
  REQUIRE(b.shape == std::vector<std::int64_t>{2, 8 * h});
  REQUIRE(lengths.shape == std::vector<std::int64_t>{texts});
  const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
  LstmStates out{{{steps, 2, texts, h}, {}}, {{2, texts, h}, {}}};
  out.y.data.assign(static_cast<std::size_t>(out.y.count()),
                    std::numeric_limits<double>::quiet_NaN());
  for (std::int64_t d = 0; d < 2; ++d)
    for (std::int64_t n = 0; n < texts; ++n) {
      const auto length = static_cast<std::int64_t>(lengths.at({n}));
      REQUIRE(length >= 1);
      REQUIRE(length <= steps);
      std::vector<double> state(static_cast<std::size_t>(h)), cell(state.size());
      for (std::int64_t k = 0; k < length; ++k) {
        const std::int64_t t = d == 0 ? k : length - 1 - k;
        const auto sum = [&](std::int64_t gate, std::int64_t j) {
          const std::int64_t row = gate * h + j;
          double total = b.at({d, row}) + b.at({d, 4 * h + row});
          for (std::int64_t i = 0; i < inputs; ++i) total += x.at({t, n, i}) * w.at({d, row, i});
          for (std::int64_t i = 0; i < h; ++i)
            total += state[static_cast<std::size_t>(i)] * r.at({d, row, i});
          return total;
        };
        std::vector<double> next(state.size());
        for (std::int64_t j = 0; j < h; ++j) {
          double& c = cell[static_cast<std::size_t>(j)];
          c = sigmoid(sum(2, j)) * c + sigmoid(sum(0, j)) * std::tanh(sum(3, j));
          next[static_cast<std::size_t>(j)] = sigmoid(sum(1, j)) * std::tanh(c);
        }
        state = next;
        for (std::int64_t j = 0; j < h; ++j)
          out.y.at({t, d, n, j}) = state[static_cast<std::size_t>(j)];
      }
      out.y_h.data.insert(out.y_h.data.end(), state.begin(), state.end());
    }
  return out;
}

}  // namespace gemel::test
