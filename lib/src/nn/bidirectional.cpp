#include "nn/bidirectional.hpp"

#include <algorithm>

#include "nn/rows.hpp"

namespace gemel::nn {

Bidirectional::Bidirectional(std::int64_t input, std::int64_t hidden, Precision precision,
                             dnn::Cell cell)
    : lstm_(input, hidden, precision, cell) {}

void Bidirectional::pack(dnn::Context& context, const dnn::RecurrentParameters& forward,
                         const dnn::RecurrentParameters& backward, bool training,
                         Packed& packed) const {
  lstm_.pack(context, forward, training, packed.direction[0]);
  lstm_.pack(context, backward, training, packed.direction[1]);
}

void Bidirectional::reserve(const Ragged& batch, Tape& tape) const {
  const std::int64_t bytes = lstm_.precision() == Precision::bf16 ? 2 : 4;
  for (std::size_t d = 0; d < 2; ++d) {
    tape.inputs[d].reserve_discard(static_cast<std::size_t>(batch.rows() * input() * bytes));
    tape.states[d].reserve_discard(static_cast<std::size_t>(batch.rows() * hidden() * bytes));
  }
}

void Bidirectional::forward(dnn::Context& context, const Packed& packed, const Ragged& batch,
                            bool training, Tape& tape) const {
  for (std::size_t d = 0; d < 2; ++d)
    lstm_.forward(context, packed.direction[d], batch.steps, batch.texts, tape.inputs[d].data(),
                  tape.states[d].data(), hidden(), training ? &tape.saved[d] : nullptr);
}

void Bidirectional::backward(dnn::Context& context, const Packed& packed, const Ragged& batch,
                             Directions<const float> dy, Tape& tape, Directions<float> dx,
                             Accumulator& accumulator) const {
  const float* upper[2] = {dy.forward, dy.backward};
  float* lower[2] = {dx.forward, dx.backward};
  for (std::size_t d = 0; d < 2; ++d)
    lstm_.backward(context, packed.direction[d], batch.steps, batch.texts, tape.inputs[d].data(),
                   tape.states[d].data(), hidden(), upper[d], hidden(), tape.saved[d], lower[d],
                   accumulator.direction[d]);
}

void Bidirectional::zero(Accumulator& accumulator) const {
  for (dnn::Recurrent::Accumulator& direction : accumulator.direction) lstm_.zero(direction);
}

void Bidirectional::finish(dnn::Context& context, const Accumulator& accumulator,
                           const dnn::RecurrentGradients& forward,
                           const dnn::RecurrentGradients& backward) const {
  lstm_.unpack(context, accumulator.direction[0], forward);
  lstm_.unpack(context, accumulator.direction[1], backward);
}

template <class Real>
void next_layer_input(const LowerLayers<const Real>& lower, const Ragged& batch,
                      const DropoutMask& dropout, float* row, Directions<Real> x) {
  const std::int64_t width = lower.width(), lead = lower.embedding_size, hidden = lower.hidden;
  for (int t = 0; t < batch.steps; ++t)
    for (int n = 0; n < batch.texts; ++n) {
      const std::int64_t place = batch.row(t, n);
      Real* forward = x.forward + place * width;
      if (!batch.valid(t, n)) {
        std::fill_n(forward, width, Real{0});
        std::fill_n(x.backward + place * width, width, Real{0});
        continue;
      }
      const std::int64_t mirrored = batch.mirrored(t, n);
      if (lead > 0) std::copy_n(lower.embedding + place * lead, lead, forward);
      Real* target = forward + lead;
      for (const Directions<const Real>& y : lower.states) {
        std::copy_n(y.forward + place * hidden, hidden, target);
        std::copy_n(y.backward + mirrored * hidden, hidden, target + hidden);
        target += 2 * hidden;
      }
      if (dropout) {
        widen_row(forward + lead, width - lead, row);
        dropout.apply(t, n, width - lead, row);
        narrow_row(row, width - lead, forward + lead);
      }
      std::copy_n(forward, width, x.backward + mirrored * width);
    }
}
template void next_layer_input<float>(const LowerLayers<const float>&, const Ragged&,
                                      const DropoutMask&, float*, Directions<float>);
template void next_layer_input<Bf16>(const LowerLayers<const Bf16>&, const Ragged&,
                                     const DropoutMask&, float*, Directions<Bf16>);

namespace {

void put_row(const float* from, std::int64_t width, bool add, float* to) {
  if (add)
    add_row(from, width, to);
  else
    std::copy_n(from, width, to);
}

void clear_step(const LowerLayers<float>& lower, std::int64_t place) {
  if (lower.embedding_size > 0)
    std::fill_n(lower.embedding + place * lower.embedding_size, lower.embedding_size, 0.0f);
  for (const Directions<float>& dy : lower.states) {
    std::fill_n(dy.forward + place * lower.hidden, lower.hidden, 0.0f);
    std::fill_n(dy.backward + place * lower.hidden, lower.hidden, 0.0f);
  }
}

}  // namespace

void next_layer_input_backward(Directions<const float> dx, const LowerLayers<float>& lower,
                               bool add, const Ragged& batch, const DropoutMask& dropout,
                               float* row) {
  const std::int64_t width = lower.width(), lead = lower.embedding_size, hidden = lower.hidden;
  for (int t = 0; t < batch.steps; ++t)
    for (int n = 0; n < batch.texts; ++n) {
      const std::int64_t place = batch.row(t, n);
      if (!batch.valid(t, n)) {
        if (!add) clear_step(lower, place);
        continue;
      }
      const std::int64_t mirrored = batch.mirrored(t, n);
      sum_row(dx.forward + place * width, dx.backward + mirrored * width, width, row);
      if (lead > 0) put_row(row, lead, add, lower.embedding + place * lead);
      dropout.apply(t, n, width - lead, row + lead);
      const float* source = row + lead;
      for (const Directions<float>& dy : lower.states) {
        put_row(source, hidden, add, dy.forward + place * hidden);
        put_row(source + hidden, hidden, add, dy.backward + mirrored * hidden);
        source += 2 * hidden;
      }
    }
}

}  // namespace gemel::nn
