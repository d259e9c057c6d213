#include "nn/attention.hpp"

#include <algorithm>
#include <cmath>

#include "nn/line_up.hpp"
#include "nn/rows.hpp"

namespace gemel::nn {
namespace {

std::size_t count(std::int64_t a, std::int64_t b) {
  return static_cast<std::size_t>(a * b);
}

// Softmax over the valid steps of text n, one head; scores [T, N, heads] in place.
void softmax_steps(const Ragged& batch, int n, std::int64_t heads, std::int64_t head,
                   float* scores) {
  const std::int64_t stride = batch.texts * heads;
  float* score = scores + n * heads + head;
  float top = score[0];
  for (int t = 1; t < batch.lengths[n]; ++t) top = std::max(top, score[t * stride]);
  float sum = 0;
  for (int t = 0; t < batch.lengths[n]; ++t) {
    score[t * stride] = std::exp(score[t * stride] - top);
    sum += score[t * stride];
  }
  for (int t = 0; t < batch.lengths[n]; ++t) score[t * stride] /= sum;
  for (int t = batch.lengths[n]; t < batch.steps; ++t) score[t * stride] = 0;
}

void transpose(const float* from, std::int64_t rows, std::int64_t cols, float* to) {
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < cols; ++c) to[c * rows + r] = from[r * cols + c];
}

}  // namespace

Attention::Attention(std::int64_t width, std::int64_t size, int heads)
    : width_(width), size_(size), heads_(heads), scorer_(width_, size) {}

template <class Real>
void Attention::weigh(dnn::Context& context, const Parameters& parameters, const Ragged& batch,
                      Directions<const Real> y, Tape& tape, Scratch& scratch) const {
  tape.states.reserve_discard(count(batch.rows(), width_));
  tape.scorer.reserve_discard(count(batch.rows(), size_));
  tape.weights.reserve_discard(count(batch.rows(), heads_));
  scratch.vector.reserve_discard(count(heads_, size_));
  line_up(batch, width_, y, tape.states.data());
  scorer_.forward(context, batch.rows(), tape.states.data(), width_, parameters.weight,
                  parameters.bias, tape.scorer.data(), size_);
  tanh_row(batch.rows() * size_, tape.scorer.data());
  transpose(parameters.vector, size_, heads_, scratch.vector.data());
  for (std::int64_t row = 0; row < batch.rows(); ++row)
    for (std::int64_t k = 0; k < heads_; ++k)
      tape.weights[count(row, heads_) + static_cast<std::size_t>(k)] =
          dot(tape.scorer.data() + row * size_, scratch.vector.data() + k * size_, size_);
  for (int n = 0; n < batch.texts; ++n)
    for (std::int64_t k = 0; k < heads_; ++k)
      softmax_steps(batch, n, heads_, k, tape.weights.data());
}
template void Attention::weigh<float>(dnn::Context&, const Parameters&, const Ragged&,
                                      Directions<const float>, Tape&, Scratch&) const;
template void Attention::weigh<Bf16>(dnn::Context&, const Parameters&, const Ragged&,
                                     Directions<const Bf16>, Tape&, Scratch&) const;

void Attention::pool(const Ragged& batch, const Tape& tape, MatrixView out) const {
  for (int n = 0; n < batch.texts; ++n)
    for (std::int64_t k = 0; k < heads_; ++k) {
      float* target = out.row(n) + k * width_;
      std::fill_n(target, width_, 0.0f);
      for (int t = 0; t < batch.lengths[n]; ++t)
        add_scaled_row(tape.states.data() + batch.row(t, n) * width_, width_,
                       tape.weights.data()[batch.row(t, n) * heads_ + k], target);
    }
}

// dscores through the softmax, and the part of dstates that comes straight from the pooled sum.
void Attention::scores_backward(const Ragged& batch, const Tape& tape, ConstMatrixView dout,
                                const float* dweights, Scratch& scratch) const {
  const float* weights = tape.weights.data();
  float* dscores = scratch.dscores.data();
  std::fill_n(dscores, batch.rows() * heads_, 0.0f);
  for (int n = 0; n < batch.texts; ++n)
    for (std::int64_t k = 0; k < heads_; ++k) {
      const float* dpooled = dout.row(n) + k * width_;
      float mean = 0;  // Σ weight · dweight
      for (int t = 0; t < batch.lengths[n]; ++t) {
        const std::int64_t row = batch.row(t, n);
        float dweight = dot(dpooled, tape.states.data() + row * width_, width_);
        if (dweights) dweight += dweights[row * heads_ + k];
        dscores[row * heads_ + k] = dweight;
        mean += weights[row * heads_ + k] * dweight;
      }
      for (int t = 0; t < batch.lengths[n]; ++t) {
        const std::int64_t at = batch.row(t, n) * heads_ + k;
        dscores[at] = weights[at] * (dscores[at] - mean);
      }
    }
}

// dvector, and dscorer before the tanh; zero on padding.
void Attention::scorer_backward(const Ragged& batch, const Tape& tape, Scratch& scratch) const {
  std::fill_n(scratch.dscorer.data(), batch.rows() * size_, 0.0f);
  std::fill_n(scratch.dvector.data(), heads_ * size_, 0.0f);
  for (int t = 0; t < batch.steps; ++t)
    for (int n = 0; n < batch.texts; ++n) {
      if (!batch.valid(t, n)) continue;
      const std::int64_t row = batch.row(t, n);
      const float* scorer = tape.scorer.data() + row * size_;
      float* dscorer = scratch.dscorer.data() + row * size_;
      for (std::int64_t k = 0; k < heads_; ++k) {
        const float dscore = scratch.dscores.data()[row * heads_ + k];
        add_scaled_row(scratch.vector.data() + k * size_, size_, dscore, dscorer);
        add_scaled_row(scorer, size_, dscore, scratch.dvector.data() + k * size_);
      }
      tanh_backward_row(scorer, size_, dscorer);
    }
}

void Attention::backward(dnn::Context& context, const Parameters& parameters, const Ragged& batch,
                         const Tape& tape, ConstMatrixView dout, const float* dweights,
                         Scratch& scratch, const Gradients& gradients, Directions<float> dy) const {
  scratch.vector.reserve_discard(count(heads_, size_));
  scratch.dvector.reserve_discard(count(heads_, size_));
  scratch.dscorer.reserve_discard(count(batch.rows(), size_));
  scratch.dscores.reserve_discard(count(batch.rows(), heads_));
  scratch.dstates.reserve_discard(count(batch.rows(), width_));
  transpose(parameters.vector, size_, heads_, scratch.vector.data());
  scores_backward(batch, tape, dout, dweights, scratch);
  scorer_backward(batch, tape, scratch);
  for (std::int64_t a = 0; a < size_; ++a)
    for (std::int64_t k = 0; k < heads_; ++k)
      gradients.vector[a * heads_ + k] += scratch.dvector.data()[k * size_ + a];
  scorer_.backward(context, batch.rows(), tape.states.data(), width_, parameters.weight,
                   scratch.dscorer.data(), size_, scratch.dstates.data(), width_, gradients.weight,
                   gradients.bias);
  const std::int64_t hidden = dy.backward ? width_ / 2 : width_;
  for (int t = 0; t < batch.steps; ++t)
    for (int n = 0; n < batch.texts; ++n) {
      if (!batch.valid(t, n)) continue;
      const std::int64_t row = batch.row(t, n);
      float* dstate = scratch.dstates.data() + row * width_;
      for (std::int64_t k = 0; k < heads_; ++k)
        add_scaled_row(dout.row(n) + k * width_, width_, tape.weights.data()[row * heads_ + k],
                       dstate);
      add_row(dstate, hidden, dy.forward + row * hidden);
      if (dy.backward)
        add_row(dstate + hidden, hidden, dy.backward + batch.mirrored(t, n) * hidden);
    }
}

}  // namespace gemel::nn
