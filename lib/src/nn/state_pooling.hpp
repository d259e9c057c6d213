#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "core/aligned.hpp"
#include "nn/attention.hpp"
#include "nn/body.hpp"
#include "nn/pooling.hpp"

namespace gemel::nn {

/// What a body does with its states: [self-attention over them,] and pooling of all the config's
/// kinds, with their parameters and the attention penalty. States come as Directions: two reading
/// orders [T, N, S/2], or one, [T, N, S] in `forward` alone. Immutable, shareable between threads.
class StatePooling {
 public:
  struct Tape {
    Attention::Tape attention;
    AlignedBuffer<std::int32_t> argmax;  // [N, S], of max pooling
  };
  struct Scratch {
    Attention::Scratch attention;
  };

  /// Registers attention.weight [S, A], .bias [A] and .vector [A, heads] where the config attends.
  StatePooling(const EncoderConfig&, ParameterLayout&, const std::string& prefix);
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
  Attention::Parameters attention_parameters(const ParameterBlock&) const;
  PoolingLayout layout_;
  std::int64_t attention_size_, attention_heads_;
  int weight_ = -1, bias_ = -1, vector_ = -1;
  std::optional<Attention> attention_;
};

}  // namespace gemel::nn
