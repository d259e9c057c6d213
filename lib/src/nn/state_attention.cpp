#include "nn/state_attention.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "nn/rows.hpp"

namespace gemel::nn {
namespace {

std::int64_t total_rows(const Ragged& batch) {
  std::int64_t sum = 0;
  for (int n = 0; n < batch.texts; ++n) sum += batch.lengths[n];
  return sum;
}

int longest(const Ragged& batch) {
  return *std::max_element(batch.lengths, batch.lengths + batch.texts);
}

// Calls visit(row of [T, N, S], row of [R, S]) for every valid step, text after text.
template <class Visit>
void for_each_row(const Ragged& batch, Visit&& visit) {
  std::int64_t packed = 0;
  for (int n = 0; n < batch.texts; ++n)
    for (int t = 0; t < batch.lengths[n]; ++t) visit(batch.row(t, n), packed++);
}

void softmax(std::int64_t n, float* x) {
  const float top = *std::max_element(x, x + n);
  float sum = 0;
  for (std::int64_t u = 0; u < n; ++u) {
    x[u] = std::exp(x[u] - top);
    sum += x[u];
  }
  for (std::int64_t u = 0; u < n; ++u) x[u] /= sum;
}

}  // namespace

/// Rows [first, first + length) of [R, S].
struct StateAttention::Text {
  std::int64_t first, length;
};

StateAttention::StateAttention(std::int64_t width, int heads)
    : width_(width),
      heads_(heads),
      part_(width / heads),
      scale_(1.0f / std::sqrt(static_cast<float>(part_))),
      linear_(width, width) {
  assert(heads > 0 && width % heads == 0);
}

// scratch.weights[u] = softmax over the text's steps u. Backward computes it again: kept, the
// weights would grow with the square of the length.
void StateAttention::weigh(const Text& text, const Tape& tape, std::int64_t head, std::int64_t step,
                           Scratch& scratch) const {
  const std::int64_t column = head * part_;
  const float* query = tape.query.data() + (text.first + step) * width_ + column;
  const float* key = tape.key.data() + text.first * width_ + column;
  float* weights = scratch.weights.data();
  for (std::int64_t u = 0; u < text.length; ++u)
    weights[u] = scale_ * dot(query, key + u * width_, part_);
  softmax(text.length, weights);
}

void StateAttention::mix(const Text& text, Tape& tape, Scratch& scratch) const {
  for (std::int64_t head = 0; head < heads_; ++head)
    for (std::int64_t t = 0; t < text.length; ++t) {
      weigh(text, tape, head, t, scratch);
      const std::int64_t column = head * part_;
      float* mixed = tape.mixed.data() + (text.first + t) * width_ + column;
      std::fill_n(mixed, part_, 0.0f);
      for (std::int64_t u = 0; u < text.length; ++u)
        add_scaled_row(tape.value.data() + (text.first + u) * width_ + column, part_,
                       scratch.weights[static_cast<std::size_t>(u)], mixed);
    }
}

void StateAttention::mix_backward(const Text& text, const Tape& tape, Scratch& scratch) const {
  float* dweights = scratch.dweights.data();
  for (std::int64_t head = 0; head < heads_; ++head)
    for (std::int64_t t = 0; t < text.length; ++t) {
      weigh(text, tape, head, t, scratch);
      const float* weights = scratch.weights.data();
      const std::int64_t base = text.first * width_ + head * part_, own = base + t * width_;
      const float* dmixed = scratch.dmixed.data() + own;
      float mean = 0;  // Σ weight · dweight
      for (std::int64_t u = 0; u < text.length; ++u) {
        dweights[u] = dot(dmixed, tape.value.data() + base + u * width_, part_);
        mean += weights[u] * dweights[u];
      }
      for (std::int64_t u = 0; u < text.length; ++u) {
        const std::int64_t other = base + u * width_;
        const float dscore = scale_ * weights[u] * (dweights[u] - mean);
        add_scaled_row(dmixed, part_, weights[u], scratch.dvalue.data() + other);
        add_scaled_row(tape.key.data() + other, part_, dscore, scratch.dquery.data() + own);
        add_scaled_row(tape.query.data() + own, part_, dscore, scratch.dkey.data() + other);
      }
    }
}

void StateAttention::forward(dnn::Context& context, const Parameters& p, const Ragged& batch,
                             Tape& tape, Scratch& scratch, float* states) const {
  const std::int64_t rows = total_rows(batch);
  const auto size = static_cast<std::size_t>(rows * width_);
  for (AlignedBuffer<float>* buffer :
       {&tape.states, &tape.query, &tape.key, &tape.value, &tape.mixed, &scratch.rows})
    buffer->reserve_discard(size);
  scratch.weights.resize(static_cast<std::size_t>(longest(batch)));
  for_each_row(batch, [&](std::int64_t from, std::int64_t to) {
    std::copy_n(states + from * width_, width_, tape.states.data() + to * width_);
  });
  const auto apply = [&](const AlignedBuffer<float>& x, const float* weight,
                         AlignedBuffer<float>& y) {
    linear_.forward(context, rows, x.data(), width_, weight, nullptr, y.data(), width_);
  };
  apply(tape.states, p.query, tape.query);
  apply(tape.states, p.key, tape.key);
  apply(tape.states, p.value, tape.value);
  std::int64_t first = 0;
  for (int n = 0; n < batch.texts; first += batch.lengths[n++])
    mix({first, batch.lengths[n]}, tape, scratch);
  apply(tape.mixed, p.output, scratch.rows);
  for_each_row(batch, [&](std::int64_t to, std::int64_t from) {
    add_row(scratch.rows.data() + from * width_, width_, states + to * width_);
  });
}

void StateAttention::backward(dnn::Context& context, const Parameters& p, const Ragged& batch,
                              const Tape& tape, Scratch& scratch, const Gradients& gradients,
                              float* dstates) const {
  const std::int64_t rows = total_rows(batch);
  const auto size = static_cast<std::size_t>(rows * width_);
  for (AlignedBuffer<float>* buffer : {&scratch.dquery, &scratch.dkey, &scratch.dvalue}) {
    buffer->reserve_discard(size);
    std::fill_n(buffer->data(), size, 0.0f);
  }
  for (AlignedBuffer<float>* buffer : {&scratch.rows, &scratch.dmixed, &scratch.part})
    buffer->reserve_discard(size);
  scratch.weights.resize(static_cast<std::size_t>(longest(batch)));
  scratch.dweights.resize(scratch.weights.size());
  for_each_row(batch, [&](std::int64_t from, std::int64_t to) {
    std::copy_n(dstates + from * width_, width_, scratch.rows.data() + to * width_);
  });
  linear_.backward(context, rows, tape.mixed.data(), width_, p.output, scratch.rows.data(), width_,
                   scratch.dmixed.data(), width_, gradients.output, nullptr);
  std::int64_t first = 0;
  for (int n = 0; n < batch.texts; first += batch.lengths[n++])
    mix_backward({first, batch.lengths[n]}, tape, scratch);
  const auto apply = [&](const float* weight, const AlignedBuffer<float>& dy, float* dweight) {
    linear_.backward(context, rows, tape.states.data(), width_, weight, dy.data(), width_,
                     scratch.part.data(), width_, dweight, nullptr);
    add_row(scratch.part.data(), rows * width_, scratch.rows.data());
  };
  apply(p.query, scratch.dquery, gradients.query);
  apply(p.key, scratch.dkey, gradients.key);
  apply(p.value, scratch.dvalue, gradients.value);
  for_each_row(batch, [&](std::int64_t to, std::int64_t from) {
    std::copy_n(scratch.rows.data() + from * width_, width_, dstates + to * width_);
  });
}

}  // namespace gemel::nn
