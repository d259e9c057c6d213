#include "nn/convolution_layer.hpp"

#include <algorithm>
#include <cmath>

#include "core/simd.hpp"
#include "nn/initial_values.hpp"

namespace gemel::nn {
namespace {

GEMEL_SIMD_CLONES void relu_row(std::int64_t n, float* x) {
  for (std::int64_t j = 0; j < n; ++j) x[j] = x[j] < 0.0f ? 0.0f : x[j];  // NaN stays
}
GEMEL_SIMD_CLONES void relu_backward_row(const float* __restrict y, const float* __restrict dy,
                                         std::int64_t n, float* __restrict dx) {
  for (std::int64_t j = 0; j < n; ++j) dx[j] = y[j] > 0.0f ? dy[j] : 0.0f;
}

}  // namespace

Line::Line(const Ragged& batch, std::int64_t widest) : lead((widest - 1) / 2), tail(widest / 2) {
  for (int n = 0; n < batch.texts; ++n) {
    first.push_back(rows);
    rows += batch.lengths[n] + tail;  // tail ≥ lead
  }
}

ConvolutionLayer::ConvolutionLayer(std::int64_t in, std::int64_t filters,
                                   const std::vector<int>& widths, ParameterLayout& layout,
                                   const std::string& name)
    : in_(in), filters_(filters) {
  for (const std::int64_t w : widths) {
    const std::string prefix = name + ".width" + std::to_string(w);
    const int weight = layout.add(prefix + ".weight", {w, in, filters});
    const int bias = layout.add(prefix + ".bias", {filters},
                                ParameterLayout::Traits{.row_sparse = false, .decay = false});
    widths_.push_back({weight, bias, dnn::Convolution(in, filters, w)});
  }
}

std::int64_t ConvolutionLayer::states() const {
  return filters_ * static_cast<std::int64_t>(widths_.size());
}

void ConvolutionLayer::initialise(ParameterBlock& values, Random& random) const {
  for (const Filters& f : widths_)
    fill_uniform(values.values(f.weight),
                 std::sqrt(6.0 / static_cast<double>(f.convolution.width() * in_)), random);
}

void ConvolutionLayer::pack(dnn::Context& context, const ParameterBlock& values, bool training,
                            Packed& packed) const {
  packed.widths.resize(widths_.size());
  for (std::size_t w = 0; w < widths_.size(); ++w)
    widths_[w].convolution.pack(context, values.data(widths_[w].weight),
                                values.data(widths_[w].bias), training, packed.widths[w]);
}

void ConvolutionLayer::reserve(const Line& line, Tape& tape) const {
  const auto size = static_cast<std::size_t>(line.inputs() * in_);
  tape.x.reserve_discard(size);
  std::fill_n(tape.x.data(), size, 0.0f);
  tape.y.resize(widths_.size());
  for (AlignedBuffer<float>& y : tape.y)
    y.reserve_discard(static_cast<std::size_t>(line.rows * filters_));
}

void ConvolutionLayer::forward(dnn::Context& context, const Packed& packed, const Line& line,
                               Tape& tape) const {
  for (std::size_t w = 0; w < widths_.size(); ++w) {
    widths_[w].convolution.forward(context, packed.widths[w], line.rows,
                                   tape.x.data() + start(line, widths_[w]), tape.y[w].data());
    relu_row(line.rows * filters_, tape.y[w].data());
  }
}

void ConvolutionLayer::backward(dnn::Context& context, const Packed& packed, const Ragged& batch,
                                const Line& line, const Tape& tape, const float* dstates,
                                Scratch& scratch, float* dx, GradientBlock& gradients) const {
  scratch.dy.reserve_discard(static_cast<std::size_t>(line.rows * filters_));
  std::fill_n(dx, line.inputs() * in_, 0.0f);
  std::int64_t column = 0;
  for (std::size_t w = 0; w < widths_.size(); ++w, column += filters_) {
    const Filters& f = widths_[w];
    std::fill_n(scratch.dy.data(), line.rows * filters_, 0.0f);
    for_each_step(batch, [&](int t, int n) {
      const std::int64_t row = line.output(t, n) * filters_;
      relu_backward_row(tape.y[w].data() + row, dstates + line.input(t, n) * states() + column,
                        filters_, scratch.dy.data() + row);
    });
    f.convolution.backward(context, packed.widths[w], line.rows, tape.x.data() + start(line, f),
                           scratch.dy.data(), dx + start(line, f), gradients.data(f.weight),
                           gradients.data(f.bias));
  }
}

}  // namespace gemel::nn
