#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "core/aligned.hpp"
#include "nn/attention.hpp"
#include "nn/body.hpp"
#include "nn/pooling.hpp"
#include "nn/state_attention.hpp"

namespace gemel::nn {

/// What a body does with its states: [self-attention over them,] and pooling of all the config's
/// kinds, with their parameters and the attention penalty. States come as Directions: two reading
/// orders [T, N, S/2], or one, [T, N, S] in `forward` alone. Immutable, shareable between threads.
class StatePooling {
 public:
  struct Tape {
    Attention::Tape attention;
    StateAttention::Tape state_attention;
    AlignedBuffer<std::int32_t> argmax;  // [N, S], of max pooling
  };
  struct Scratch {
    Attention::Scratch attention;
    StateAttention::Scratch state_attention;
    AlignedBuffer<float> states;                   // [T, N, S], lined up for self-attention
    std::array<AlignedBuffer<float>, 2> attended;  // what comes of it, as y
    AlignedBuffer<float> dweights;                 // [T, N, heads], of the penalty
  };

  /// Registers state_attention.query, .key, .value and .output, [S, S] each, where the config
  /// attends to states, and attention.weight [S, A], .bias [A] and .vector [A, heads] where its
  /// pooling attends.
  StatePooling(const EncoderConfig&, ParameterLayout&, const std::string& prefix);
  /// Uniform Glorot; state_attention.output stays zero, so that training starts without it.
  void initialise(ParameterBlock&, Random&) const;
  /// Width of `out`: S a block of pooling.
  std::int64_t width() const { return layout_.width; }

  /// out: [N, width()], overwritten.
  template <class Real>
  void forward(const Pass&, Directions<const Real> y, Tape&, Scratch&, MatrixView out) const;
  /// dy: as y, overwritten, zero on padding. dout: [N, width()]. Adds parameters' gradients, those
  /// of penalty_weight · Σ_n penalty(n) among them.
  /// @return Σ_n penalty(n), or 0 where penalty_weight is 0
  double backward(const Pass&, Tape&, ConstMatrixView dout, double penalty_weight, Scratch&,
                  GradientBlock&, Directions<float> dy) const;
  /// [T, N, heads] of the last forward pass, or null.
  const float* attention_weights(const Tape& tape) const {
    return attention_ ? tape.attention.weights.data() : nullptr;
  }

 private:
  template <class Real>
  Directions<const float> attend(const Pass&, Directions<const Real> y, Tape&, Scratch&) const;
  template <class Real>
  void pool(const Pass&, Directions<const Real> y, Tape&, Scratch&, MatrixView out) const;
  double pool_backward(const Pass&, const Tape&, ConstMatrixView dout, double penalty_weight,
                       Scratch&, GradientBlock&, Directions<float> dy) const;
  Attention::Parameters attention_parameters(const ParameterBlock&) const;
  StateAttention::Parameters state_attention_parameters(const ParameterBlock&) const;
  PoolingLayout layout_;
  std::int64_t attention_size_, attention_heads_;
  int query_ = -1, key_ = -1, value_ = -1, output_ = -1;  // places in the layout
  int weight_ = -1, bias_ = -1, vector_ = -1;
  std::optional<StateAttention> state_attention_;
  std::optional<Attention> attention_;
};

}  // namespace gemel::nn
