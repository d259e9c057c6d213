#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/aligned.hpp"
#include "dnn/recurrent.hpp"
#include "nn/dropout.hpp"
#include "nn/ragged.hpp"

namespace gemel::nn {

/// One bidirectional layer: two left-to-right LSTMs or GRUs, the second over the texts reversed
/// within their own lengths. States stay in their direction's reading order; next_layer_input() and
/// the pooling line them up where they need it. Immutable and shareable between threads.
class Bidirectional {
 public:
  struct Packed {
    std::array<dnn::Recurrent::Packed, 2> direction;
  };
  struct Accumulator {
    std::array<dnn::Recurrent::Accumulator, 2> direction;
  };
  /// Inputs and states of one pass, in the compute type; buffers grow only.
  struct Tape {
    std::array<AlignedBuffer<std::byte>, 2> inputs;  // [T, N, I] each
    std::array<AlignedBuffer<std::byte>, 2> states;  // [T, N, H] each
    std::array<dnn::Recurrent::Saved, 2> saved;
    template <class Real>
    Directions<Real> input() {
      return {reinterpret_cast<Real*>(inputs[0].data()), reinterpret_cast<Real*>(inputs[1].data())};
    }
    template <class Real>
    Directions<Real> state() {
      return {reinterpret_cast<Real*>(states[0].data()), reinterpret_cast<Real*>(states[1].data())};
    }
  };

  Bidirectional(std::int64_t input, std::int64_t hidden, Precision, dnn::Cell);
  std::int64_t input() const { return lstm_.input(); }
  std::int64_t hidden() const { return lstm_.hidden(); }

  void pack(dnn::Context&, const dnn::RecurrentParameters& forward,
            const dnn::RecurrentParameters& backward, bool training, Packed&) const;
  /// Makes room in the tape for a batch.
  void reserve(const Ragged&, Tape&) const;
  /// Reads tape.inputs, writes tape.states and, when training, tape.saved.
  void forward(dnn::Context&, const Packed&, const Ragged&, bool training, Tape&) const;
  /// dx: [T, N, I] each, overwritten. dy: [T, N, H] each, zero on padding.
  void backward(dnn::Context&, const Packed&, const Ragged&, Directions<const float> dy, Tape&,
                Directions<float> dx, Accumulator&) const;
  void zero(Accumulator&) const;
  void finish(dnn::Context&, const Accumulator&, const dnn::RecurrentGradients& forward,
              const dnn::RecurrentGradients& backward) const;

 private:
  dnn::Recurrent lstm_;  // both directions have one shape, so they share plans
};

/// What a layer above the first reads: the states of one layer or more and, with shortcut
/// connections, the token embedding before them.
template <class Real>
struct LowerLayers {
  std::int64_t hidden = 0;               // H
  std::vector<Directions<Real>> states;  // [T, N, H] each
  Real* embedding = nullptr;             // [T, N, E] in text order, or null
  std::int64_t embedding_size = 0;       // E, 0 where there is no embedding

  std::int64_t state_width() const { return 2 * hidden * std::ssize(states); }
  std::int64_t width() const { return embedding_size + state_width(); }  // I
};

/// x[t] = embedding ‖ dropout(forward ‖ backward state of step t of each layer), in both reading
/// orders; padding is zeroed. x: [T, N, I] each. `row` is scratch of I floats.
template <class Real>
void next_layer_input(const LowerLayers<const Real>&, const Ragged&, const DropoutMask&, float* row,
                      Directions<Real> x);
/// Gradients of the layers read: overwritten and zero on padding, or added to if `add`. dx: [T, N,
/// I] each.
void next_layer_input_backward(Directions<const float> dx, const LowerLayers<float>& gradients,
                               bool add, const Ragged&, const DropoutMask&, float* row);

}  // namespace gemel::nn
