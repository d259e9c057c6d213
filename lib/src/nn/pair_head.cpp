#include "nn/pair_head.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/simd.hpp"
#include "nn/rows.hpp"
#include "nn/unit_length.hpp"

namespace gemel::nn {
namespace {

constexpr std::int64_t kBlock = 192;    // pairs at a time, so that memory does not grow with P
constexpr int kDropoutSite = -1000003;  // apart from the encoder's sites

GEMEL_SIMD_CLONES void features_row(const float* __restrict u, const float* __restrict v,
                                    std::int64_t n, float scale, float* __restrict out) {
  for (std::int64_t j = 0; j < n; ++j) {
    out[j] = scale * std::fabs(u[j] - v[j]);
    out[n + j] = scale * scale * (u[j] * v[j]);
  }
}

// du, dv of features_row, overwritten.
GEMEL_SIMD_CLONES void features_backward_row(const float* __restrict u, const float* __restrict v,
                                             const float* __restrict dout, std::int64_t n,
                                             float scale, float* __restrict du,
                                             float* __restrict dv) {
  for (std::int64_t j = 0; j < n; ++j) {
    const float slope = u[j] > v[j] ? scale : u[j] < v[j] ? -scale : 0.0f;
    const float difference = slope * dout[j], product = scale * scale * dout[n + j];
    du[j] = difference + product * v[j];
    dv[j] = product * u[j] - difference;
  }
}

GEMEL_SIMD_CLONES void relu_row(std::int64_t n, float* x) {
  for (std::int64_t j = 0; j < n; ++j) x[j] = x[j] < 0.0f ? 0.0f : x[j];  // NaN stays
}

std::size_t count(std::int64_t a, std::int64_t b) {
  return static_cast<std::size_t>(a * b);
}

void fill_glorot(std::span<float> values, std::int64_t fan_in, std::int64_t fan_out,
                 Random& random) {
  const double limit = std::sqrt(6.0 / static_cast<double>(fan_in + fan_out));
  for (float& v : values) v = static_cast<float>(random.uniform(-limit, limit));
}

}  // namespace

/// Up to kBlock pairs: their embeddings at unit length, and the features.
struct PairHead::Block {
  Block(std::int64_t pairs, std::int64_t size)
      : rows(pairs),
        cols(size),
        unit{AlignedBuffer<float>(count(pairs, size)), AlignedBuffer<float>(count(pairs, size))},
        norms{AlignedBuffer<float>(count(pairs, 1)), AlignedBuffer<float>(count(pairs, 1))},
        features(count(pairs, 2 * size)) {}

  std::int64_t rows, cols;
  AlignedBuffer<float> unit[2];    // [pairs, D], u and v
  AlignedBuffer<float> norms[2];   // [pairs]
  AlignedBuffer<float> features;   // [pairs, 2D]
  AlignedBuffer<float> dunit[2];   // [pairs, D]; the rest in backward only
  AlignedBuffer<float> dfeatures;  // [pairs, 2D]
  AlignedBuffer<float> dhidden;    // [pairs, K]

  float scale() const { return std::sqrt(static_cast<float>(cols)); }
  MatrixView side(AlignedBuffer<float>* buffers, std::size_t s) const {
    return {buffers[s].data(), rows, cols};
  }

  void fill(ConstMatrixView embeddings, Pairs pairs) {
    rows = static_cast<std::int64_t>(pairs.size());
    for (std::int64_t p = 0; p < rows; ++p) {
      const auto& [a, b] = pairs[static_cast<std::size_t>(p)];
      std::copy_n(embeddings.row(a), cols, unit[0].data() + p * cols);
      std::copy_n(embeddings.row(b), cols, unit[1].data() + p * cols);
    }
    for (std::size_t s = 0; s < 2; ++s) scale_to_unit_length(side(unit, s), norms[s].data());
    for (std::int64_t p = 0; p < rows; ++p)
      features_row(unit[0].data() + p * cols, unit[1].data() + p * cols, cols, scale(),
                   features.data() + p * 2 * cols);
  }

  // From dfeatures to the embeddings.
  void spread(Pairs pairs, MatrixView dembeddings) {
    for (AlignedBuffer<float>& buffer : dunit) buffer.reserve_discard(count(rows, cols));
    for (std::int64_t p = 0; p < rows; ++p)
      features_backward_row(unit[0].data() + p * cols, unit[1].data() + p * cols,
                            dfeatures.data() + p * 2 * cols, cols, scale(),
                            dunit[0].data() + p * cols, dunit[1].data() + p * cols);
    for (std::size_t s = 0; s < 2; ++s) {
      const MatrixView d = side(dunit, s);
      unit_length_backward(side(unit, s), norms[s].data(), d, d);
      for (std::int64_t p = 0; p < rows; ++p) {
        const auto& pair = pairs[static_cast<std::size_t>(p)];
        add_row(d.row(p), cols, dembeddings.row(s == 0 ? pair.first : pair.second));
      }
    }
  }
};

PairHead::PairHead(std::int64_t sentence_size, std::int64_t hidden, ParameterLayout& layout,
                   float dropout)
    : size_(sentence_size), hidden_(hidden), dropout_(dropout), layer_(2 * sentence_size, hidden) {
  constexpr ParameterLayout::Traits kNoDecay{.row_sparse = false, .decay = false};
  hidden_weight_ = layout.add("head.hidden.weight", {2 * size_, hidden_});
  hidden_bias_ = layout.add("head.hidden.bias", {hidden_}, kNoDecay);
  output_weight_ = layout.add("head.output.weight", {hidden_, 1});
  output_bias_ = layout.add("head.output.bias", {1}, kNoDecay);
}

void PairHead::initialise(ParameterBlock& values, Random& random) const {
  fill_glorot(values.values(hidden_weight_), 2 * size_, hidden_, random);
  fill_glorot(values.values(output_weight_), hidden_, 1, random);
  std::fill_n(values.data(hidden_bias_), hidden_, 0.0f);
  *values.data(output_bias_) = 0.0f;
}

DropoutMask PairHead::mask(const Saved& saved) const {
  if (!saved.dropped || dropout_ <= 0) return {};
  return DropoutMask(saved.seed.value, kDropoutSite, dropout_);
}

void PairHead::rescale(ParameterBlock& values, float scale, float shift) const {
  for (float& v : values.values(output_weight_)) v *= scale;
  for (float& v : values.values(output_bias_)) v = v * scale + shift;
}

void PairHead::forward(dnn::Context& context, const ParameterBlock& values,
                       ConstMatrixView embeddings, Pairs pairs, Saved* saved,
                       std::span<float> logits, const DropoutSeed* dropout) const {
  assert(embeddings.cols == size_ && logits.size() == pairs.size());
  const auto total = static_cast<std::int64_t>(pairs.size());
  Saved scratch;
  Saved& tape = saved ? *saved : scratch;
  tape.hidden.reserve_discard(count(saved ? total : std::min(total, kBlock), hidden_));
  tape.dropped = dropout != nullptr;
  if (dropout) tape.seed = *dropout;
  const DropoutMask drop = mask(tape);
  Block block(std::min(total, kBlock), size_);
  for (std::int64_t first = 0; first < total; first += kBlock) {
    const auto part = pairs.subspan(static_cast<std::size_t>(first),
                                    static_cast<std::size_t>(std::min(kBlock, total - first)));
    block.fill(embeddings, part);
    float* hidden = tape.hidden.data() + (saved ? first * hidden_ : 0);
    layer_.forward(context, block.rows, block.features.data(), 2 * size_,
                   values.data(hidden_weight_), values.data(hidden_bias_), hidden, hidden_);
    relu_row(block.rows * hidden_, hidden);
    for (std::int64_t p = 0; p < block.rows; ++p) {
      drop.apply(0, static_cast<int>(first + p), hidden_, hidden + p * hidden_);
      logits[static_cast<std::size_t>(first + p)] =
          dot(hidden + p * hidden_, values.data(output_weight_), hidden_) +
          *values.data(output_bias_);
    }
  }
}

// The output layer's gradients, and dhidden before the ReLU.
void PairHead::hidden_backward(const ParameterBlock& values, Block& block, std::int64_t first,
                               const Saved& saved, std::span<const float> dlogits,
                               GradientBlock& gradients) const {
  const DropoutMask drop = mask(saved);
  block.dhidden.reserve_discard(count(block.rows, hidden_));
  for (std::int64_t p = 0; p < block.rows; ++p) {
    const float dlogit = dlogits[static_cast<std::size_t>(first + p)];
    const float* hidden = saved.hidden.data() + (first + p) * hidden_;
    float* dhidden = block.dhidden.data() + p * hidden_;
    *gradients.data(output_bias_) += dlogit;
    add_scaled_row(hidden, hidden_, dlogit, gradients.data(output_weight_));
    scale_row(values.data(output_weight_), hidden_, dlogit, dhidden);
    drop.apply(0, static_cast<int>(first + p), hidden_, dhidden);
    for (std::int64_t k = 0; k < hidden_; ++k)
      if (!(hidden[k] > 0.0f)) dhidden[k] = 0.0f;
  }
}

void PairHead::backward(dnn::Context& context, const ParameterBlock& values,
                        ConstMatrixView embeddings, Pairs pairs, const Saved& saved,
                        std::span<const float> dlogits, MatrixView dembeddings,
                        GradientBlock& gradients) const {
  assert(embeddings.cols == size_ && dlogits.size() == pairs.size());
  assert(!dembeddings.data || dembeddings.cols == size_);
  const auto total = static_cast<std::int64_t>(pairs.size());
  Block block(std::min(total, kBlock), size_);
  for (std::int64_t first = 0; first < total; first += kBlock) {
    const auto part = pairs.subspan(static_cast<std::size_t>(first),
                                    static_cast<std::size_t>(std::min(kBlock, total - first)));
    block.fill(embeddings, part);
    block.dfeatures.reserve_discard(count(block.rows, 2 * size_));
    hidden_backward(values, block, first, saved, dlogits, gradients);
    float* dfeatures = dembeddings.data ? block.dfeatures.data() : nullptr;
    layer_.backward(context, block.rows, block.features.data(), 2 * size_,
                    values.data(hidden_weight_), block.dhidden.data(), hidden_, dfeatures,
                    2 * size_, gradients.data(hidden_weight_), gradients.data(hidden_bias_));
    if (dfeatures) block.spread(part, dembeddings);
  }
}

}  // namespace gemel::nn
