#include "onnx/lstm_weights.hpp"

#include <array>
#include <cassert>

namespace gemel::onnx {
namespace {

// ONNX's i, o, f, c̃ by their places among gemel's i, f, c̃, o.
constexpr std::array<std::size_t, 4> kGates = {0, 3, 1, 2};

}  // namespace

std::vector<float> onnx_gates(std::span<const float> from, std::int64_t inputs,
                              std::int64_t hidden) {
  const auto in = static_cast<std::size_t>(inputs), h = static_cast<std::size_t>(hidden);
  assert(from.size() == in * 4 * h);
  std::vector<float> to;
  to.reserve(from.size());
  for (const std::size_t gate : kGates)
    for (std::size_t unit = 0; unit < h; ++unit)
      for (std::size_t i = 0; i < in; ++i) to.push_back(from[(i * 4 + gate) * h + unit]);
  return to;
}

std::vector<float> onnx_bias(std::span<const float> from, std::int64_t hidden) {
  std::vector<float> to = onnx_gates(from, 1, hidden);
  to.resize(2 * to.size());
  return to;
}

}  // namespace gemel::onnx
