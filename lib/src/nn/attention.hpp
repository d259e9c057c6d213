#pragma once
#include <cstdint>

#include "core/aligned.hpp"
#include "core/matrix.hpp"
#include "dnn/context.hpp"
#include "nn/ragged.hpp"

namespace gemel::nn {

/// Attention pooling (Lin et al. 2017, "A structured self-attentive sentence embedding"): head k
/// weighs step t by softmax over the valid steps of v_kᵀ·tanh(s_t·W + b), s_t = forward state ‖
/// backward state (or the state of the only reading order), and pools Σ_t weight·s_t. Immutable and
/// shareable between threads.
class Attention {
 public:
  struct Parameters {
    const float* weight;  // [S, A]
    const float* bias;    // [A]
    const float* vector;  // [A, heads]
  };
  struct Gradients {
    float* weight;
    float* bias;
    float* vector;
  };
  /// Of one pass; buffers grow only.
  struct Tape {
    AlignedBuffer<float> states;   // [T, N, S], lined up; zero on padding
    AlignedBuffer<float> scorer;   // [T, N, A], tanh(s·W + b)
    AlignedBuffer<float> weights;  // [T, N, heads]; zero on padding
  };
  struct Scratch {
    AlignedBuffer<float> vector;   // [heads, A]
    AlignedBuffer<float> dvector;  // [heads, A]
    AlignedBuffer<float> dscorer;  // [T, N, A]
    AlignedBuffer<float> dscores;  // [T, N, heads]
    AlignedBuffer<float> dstates;  // [T, N, S]
  };

  /// @param width S @param size A
  Attention(std::int64_t width, std::int64_t size, int heads);
  /// Fills tape.weights (and what leads to them). y: [T, N, S/2] each,
  /// or [T, N, S] alone.
  template <class Real>
  void weigh(dnn::Context&, const Parameters&, const Ragged&, Directions<const Real> y, Tape&,
             Scratch&) const;
  /// out: [N, heads · S]. After weigh().
  void pool(const Ragged&, const Tape&, MatrixView out) const;
  /// dout: [N, heads · S]; dy: as y, added to. dweights: [T, N, heads], what else depends on the
  /// weights themselves (a penalty), or null.
  void backward(dnn::Context&, const Parameters&, const Ragged&, const Tape&, ConstMatrixView dout,
                const float* dweights, Scratch&, const Gradients&, Directions<float> dy) const;

 private:
  void scores_backward(const Ragged&, const Tape&, ConstMatrixView dout, const float* dweights,
                       Scratch&) const;
  void scorer_backward(const Ragged&, const Tape&, Scratch&) const;
  std::int64_t width_;  // S
  std::int64_t size_;   // A
  std::int64_t heads_;
  dnn::Linear scorer_;
};

}  // namespace gemel::nn
