#pragma once
#include <cstdint>
#include <vector>

#include "core/aligned.hpp"
#include "dnn/context.hpp"
#include "nn/ragged.hpp"

namespace gemel::nn {

/// Multi-head scaled dot-product self-attention over a text's own states, with a residual (Vaswani
/// et al. 2017): y_t = s_t + concat_h(Σ_u softmax_u(q_t·k_u / √(S/heads)) · v_u) · W_output, where
/// q, k and v are the h-th parts of s·W_query, s·W_key and s·W_value. No biases, no position codes:
/// the states know their place. Immutable and shareable between threads.
class StateAttention {
 public:
  struct Parameters {  // [S, S] each
    const float* query;
    const float* key;
    const float* value;
    const float* output;
  };
  struct Gradients {  // [S, S] each
    float* query;
    float* key;
    float* value;
    float* output;
  };
  /// Of one pass, rows of texts end to end, R = Σ lengths. Buffers grow only.
  struct Tape {
    AlignedBuffer<float> states;             // [R, S]
    AlignedBuffer<float> query, key, value;  // [R, S]
    AlignedBuffer<float> mixed;              // [R, S], Σ weight · value, heads side by side
  };
  struct Scratch {
    std::vector<float> weights, dweights;               // [longest length]
    AlignedBuffer<float> rows;                          // [R, S]: what is added; its gradient
    AlignedBuffer<float> dquery, dkey, dvalue, dmixed;  // [R, S]
    AlignedBuffer<float> part;                          // [R, S]
  };

  /// @param width S, a multiple of @param heads
  StateAttention(std::int64_t width, int heads);

  /// states: [T, N, S], in place: each valid row gets its addend; padding is left alone. A text's
  /// rows do not depend, bit for bit, on T, N, its place or the other texts.
  void forward(dnn::Context&, const Parameters&, const Ragged&, Tape&, Scratch&,
               float* states) const;
  /// dstates: [T, N, S], in place: the gradient of the output in, that of the input out. Adds to
  /// the parameters' gradients.
  void backward(dnn::Context&, const Parameters&, const Ragged&, const Tape&, Scratch&,
                const Gradients&, float* dstates) const;

 private:
  struct Text;
  void weigh(const Text&, const Tape&, std::int64_t head, std::int64_t step, Scratch&) const;
  void mix(const Text&, Tape&, Scratch&) const;
  void mix_backward(const Text&, const Tape&, Scratch&) const;
  std::int64_t width_;  // S
  std::int64_t heads_;
  std::int64_t part_;  // S / heads
  float scale_;
  dnn::Linear linear_;  // S → S
};

}  // namespace gemel::nn
