#include "nn/pair_head.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/simd.hpp"
#include "nn/row_products.hpp"
#include "nn/rows.hpp"
#include "nn/unit_length.hpp"

namespace gemel::nn {
namespace {

constexpr std::int64_t kBlock = 192;    // pairs at a time, so that memory does not grow with P
constexpr int kDropoutSite = -1000003;  // apart from the encoder's sites

// Features of n floats of two texts, at unit length: differences and products.
GEMEL_SIMD_CLONES void features_row(const float* __restrict u, const float* __restrict v,
                                    std::int64_t n, float scale, float* __restrict difference,
                                    float* __restrict product) {
  for (std::int64_t j = 0; j < n; ++j) {
    difference[j] = scale * std::fabs(u[j] - v[j]);
    product[j] = scale * scale * (u[j] * v[j]);
  }
}

// du, dv of features_row, overwritten.
GEMEL_SIMD_CLONES void features_backward_row(const float* __restrict u, const float* __restrict v,
                                             const float* __restrict ddifference,
                                             const float* __restrict dproduct, std::int64_t n,
                                             float scale, float* __restrict du,
                                             float* __restrict dv) {
  for (std::int64_t j = 0; j < n; ++j) {
    const float slope = u[j] > v[j] ? scale : u[j] < v[j] ? -scale : 0.0f;
    const float difference = slope * ddifference[j], product = scale * scale * dproduct[j];
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

/// Up to kBlock pairs: what is read of their texts, each part at unit length, and the features.
struct PairHead::Block {
  Block(std::int64_t pairs, const PairHead& head)
      : rows(pairs), cols(head.size_), parts(head.parts_), features(count(pairs, 2 * cols)) {
    for (std::size_t s = 0; s < 2; ++s) {
      unit[s] = AlignedBuffer<float>(count(pairs, cols));
      norms[s] = AlignedBuffer<float>(count(pairs, static_cast<std::int64_t>(parts.size())));
    }
  }

  std::int64_t rows, cols;
  std::span<const Part> parts;
  AlignedBuffer<float> unit[2];    // [pairs, W], u and v
  AlignedBuffer<float> norms[2];   // [parts, pairs]
  AlignedBuffer<float> features;   // [pairs, 2W]
  AlignedBuffer<float> dunit[2];   // [pairs, W]; the rest in backward only
  AlignedBuffer<float> dfeatures;  // [pairs, 2W]
  AlignedBuffer<float> dhidden;    // [pairs, K]

  static float scale(const Part& part) { return std::sqrt(static_cast<float>(part.size)); }
  MatrixView side(AlignedBuffer<float>* buffers, std::size_t s, const Part& part) const {
    return {buffers[s].data() + part.begin, rows, part.size, cols};
  }
  float* norms_of(std::size_t s, const Part& part) {
    return norms[s].data() + (&part - parts.data()) * rows;
  }

  void fill(ConstMatrixView a, ConstMatrixView b, Pairs pairs) {
    rows = static_cast<std::int64_t>(pairs.size());
    for (std::int64_t p = 0; p < rows; ++p) {
      const auto& [i, j] = pairs[static_cast<std::size_t>(p)];
      std::copy_n(a.row(i), cols, unit[0].data() + p * cols);
      std::copy_n(b.row(j), cols, unit[1].data() + p * cols);
    }
    for (const Part& part : parts) {
      for (std::size_t s = 0; s < 2; ++s)
        scale_to_unit_length(side(unit, s, part), norms_of(s, part));
      for (std::int64_t p = 0; p < rows; ++p) {
        float* const to = features.data() + p * 2 * cols + part.begin;
        features_row(side(unit, 0, part).row(p), side(unit, 1, part).row(p), part.size, scale(part),
                     to, to + cols);
      }
    }
  }

  // From dfeatures to what was read.
  void spread(Pairs pairs, MatrixView dtexts) {
    for (AlignedBuffer<float>& buffer : dunit) buffer.reserve_discard(count(rows, cols));
    for (const Part& part : parts) {
      for (std::int64_t p = 0; p < rows; ++p) {
        const float* const from = dfeatures.data() + p * 2 * cols + part.begin;
        features_backward_row(side(unit, 0, part).row(p), side(unit, 1, part).row(p), from,
                              from + cols, part.size, scale(part), side(dunit, 0, part).row(p),
                              side(dunit, 1, part).row(p));
      }
      for (std::size_t s = 0; s < 2; ++s) {
        const MatrixView d = side(dunit, s, part);
        unit_length_backward(side(unit, s, part), norms_of(s, part), d, d);
      }
    }
    for (std::int64_t p = 0; p < rows; ++p) {
      const auto& [a, b] = pairs[static_cast<std::size_t>(p)];
      add_row(dunit[0].data() + p * cols, cols, dtexts.row(a));
      add_row(dunit[1].data() + p * cols, cols, dtexts.row(b));
    }
  }
};

PairHead::PairHead(std::int64_t sentence_size, std::int64_t hidden, ParameterLayout& layout,
                   float dropout, std::int64_t pooled_size)
    : size_(sentence_size + pooled_size),
      hidden_(hidden),
      dropout_(dropout),
      parts_{{0, sentence_size}},
      layer_(2 * size_, hidden) {
  if (pooled_size > 0) parts_.push_back({sentence_size, pooled_size});
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

void PairHead::forward(dnn::Context& context, const ParameterBlock& values, ConstMatrixView texts,
                       Pairs pairs, Saved* saved, std::span<float> logits,
                       const DropoutSeed* dropout) const {
  run(context, values, texts, texts, pairs, saved, logits, dropout);
}

void PairHead::judge(dnn::Context& context, const ParameterBlock& values, ConstMatrixView a,
                     ConstMatrixView b, Pairs pairs, std::span<float> logits) const {
  run(context, values, a, b, pairs, nullptr, logits, nullptr);
}

void PairHead::run(dnn::Context& context, const ParameterBlock& values, ConstMatrixView a,
                   ConstMatrixView b, Pairs pairs, Saved* saved, std::span<float> logits,
                   const DropoutSeed* dropout) const {
  assert(a.cols == size_ && b.cols == size_ && logits.size() == pairs.size());
  const auto total = static_cast<std::int64_t>(pairs.size());
  Saved scratch;
  Saved& tape = saved ? *saved : scratch;
  tape.hidden.reserve_discard(count(saved ? total : std::min(total, kBlock), hidden_));
  tape.dropped = dropout != nullptr;
  if (dropout) tape.seed = *dropout;
  const DropoutMask drop = mask(tape);
  Block block(std::min(total, kBlock), *this);
  for (std::int64_t first = 0; first < total; first += kBlock) {
    const auto part = pairs.subspan(static_cast<std::size_t>(first),
                                    static_cast<std::size_t>(std::min(kBlock, total - first)));
    block.fill(a, b, part);
    float* hidden = tape.hidden.data() + (saved ? first * hidden_ : 0);
    // Learning has whole batches and needs no fixed bits, for which oneDNN is made.
    if (saved)
      layer_.forward(context, block.rows, block.features.data(), 2 * size_,
                     values.data(hidden_weight_), values.data(hidden_bias_), hidden, hidden_);
    else
      row_products({block.features.data(), block.rows, 2 * size_}, values.data(hidden_weight_),
                   values.data(hidden_bias_), {hidden, block.rows, hidden_});
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

void PairHead::backward(dnn::Context& context, const ParameterBlock& values, ConstMatrixView texts,
                        Pairs pairs, const Saved& saved, std::span<const float> dlogits,
                        MatrixView dtexts, GradientBlock& gradients) const {
  assert(texts.cols == size_ && dlogits.size() == pairs.size());
  assert(!dtexts.data || dtexts.cols == size_);
  const auto total = static_cast<std::int64_t>(pairs.size());
  Block block(std::min(total, kBlock), *this);
  for (std::int64_t first = 0; first < total; first += kBlock) {
    const auto part = pairs.subspan(static_cast<std::size_t>(first),
                                    static_cast<std::size_t>(std::min(kBlock, total - first)));
    block.fill(texts, texts, part);
    block.dfeatures.reserve_discard(count(block.rows, 2 * size_));
    hidden_backward(values, block, first, saved, dlogits, gradients);
    float* dfeatures = dtexts.data ? block.dfeatures.data() : nullptr;
    layer_.backward(context, block.rows, block.features.data(), 2 * size_,
                    values.data(hidden_weight_), block.dhidden.data(), hidden_, dfeatures,
                    2 * size_, gradients.data(hidden_weight_), gradients.data(hidden_bias_));
    if (dfeatures) block.spread(part, dtexts);
  }
}

}  // namespace gemel::nn
