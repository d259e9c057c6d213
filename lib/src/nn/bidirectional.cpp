#include "nn/bidirectional.hpp"

#include <algorithm>

#include "nn/rows.hpp"

namespace gemel::nn {

Bidirectional::Bidirectional(std::int64_t input, std::int64_t hidden, Precision precision)
    : lstm_(input, hidden, precision) {}

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
void next_layer_input(Directions<const Real> y, std::int64_t hidden, const Ragged& batch,
                      const DropoutMask& dropout, float* row, Directions<Real> x) {
  const std::int64_t width = 2 * hidden;
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
      const Real* from_forward = y.forward + place * hidden;
      const Real* from_backward = y.backward + mirrored * hidden;
      if (dropout) {
        widen_row(from_forward, hidden, row);
        widen_row(from_backward, hidden, row + hidden);
        dropout.apply(t, n, width, row);
        narrow_row(row, width, forward);
      } else {
        std::copy_n(from_forward, hidden, forward);
        std::copy_n(from_backward, hidden, forward + hidden);
      }
      std::copy_n(forward, width, x.backward + mirrored * width);
    }
}
template void next_layer_input<float>(Directions<const float>, std::int64_t, const Ragged&,
                                      const DropoutMask&, float*, Directions<float>);
template void next_layer_input<Bf16>(Directions<const Bf16>, std::int64_t, const Ragged&,
                                     const DropoutMask&, float*, Directions<Bf16>);

void next_layer_input_backward(Directions<const float> dx, std::int64_t hidden, const Ragged& batch,
                               const DropoutMask& dropout, float* row, Directions<float> dy) {
  const std::int64_t width = 2 * hidden;
  for (int t = 0; t < batch.steps; ++t)
    for (int n = 0; n < batch.texts; ++n) {
      const std::int64_t place = batch.row(t, n);
      if (!batch.valid(t, n)) {
        std::fill_n(dy.forward + place * hidden, hidden, 0.0f);
        std::fill_n(dy.backward + place * hidden, hidden, 0.0f);
        continue;
      }
      const std::int64_t mirrored = batch.mirrored(t, n);
      sum_row(dx.forward + place * width, dx.backward + mirrored * width, width, row);
      dropout.apply(t, n, width, row);
      std::copy_n(row, hidden, dy.forward + place * hidden);
      std::copy_n(row + hidden, hidden, dy.backward + mirrored * hidden);
    }
}

}  // namespace gemel::nn
