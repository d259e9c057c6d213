#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/encoder_config.hpp"
#include "core/matrix.hpp"
#include "core/parameters.hpp"
#include "core/random.hpp"

namespace gemel::dnn {
class Context;
}

namespace gemel::nn {

/// Token ids of N texts, time-major. Positions t >= lengths[n] are padding and may hold anything.
struct TokenBatch {
  int steps = 0;                      // T, the longest length or more
  int texts = 0;                      // N
  std::vector<std::int32_t> ids;      // [T, N]
  std::vector<std::int32_t> lengths;  // [N], 1 to T
  /// Lays out token lists; every list holds at least one id.
  static TokenBatch from(const std::vector<const std::vector<std::int32_t>*>& texts);
};

/// Dropout of one forward pass: masks are a function of the seed, the position and the element
/// only, so that the same seed gives the same pass. Rates come from the config. Off when null.
struct DropoutSeed {
  std::uint64_t value;
};

/// tokens → embeddings: a body of the config's kind (token embedding, layers, pooling;
/// nn/body.hpp), optional projection, optional unit length. Immutable once constructed; every
/// buffer that changes is an argument.
class Encoder {
 public:
  /// Weights in compute layout for one state of the parameters; shareable between threads.
  class Packed {
   public:
    Packed();
    Packed(Packed&&) noexcept;
    Packed& operator=(Packed&&) noexcept;
    ~Packed();
    struct State;
    std::unique_ptr<State> state;
  };
  /// What backward needs of one forward call. Reusable from step to step (buffers grow only).
  class Saved {
   public:
    Saved();
    Saved(Saved&&) noexcept;
    Saved& operator=(Saved&&) noexcept;
    ~Saved();
    struct State;
    std::unique_ptr<State> state;
  };
  /// Gradients of one worker over one step; finish() moves them into the plain block.
  class Accumulator {
   public:
    Accumulator();
    Accumulator(Accumulator&&) noexcept;
    Accumulator& operator=(Accumulator&&) noexcept;
    ~Accumulator();
    struct State;
    std::unique_ptr<State> state;
  };

  Encoder(const EncoderConfig&, Precision);  ///< validates the config
  /// One of several encoders whose parameters share a layout, each under a prefix such as
  /// "question/". The layout must outlive the encoder; blocks are made once all are registered.
  Encoder(const EncoderConfig&, Precision, ParameterLayout& shared, const std::string& prefix);
  ~Encoder();
  const EncoderConfig& config() const;
  /// Where its parameters are registered: its own layout, or the shared one. Names:
  /// embedding.weight [V,E] (row-sparse); lstm.L.forward|backward.weight_layer [I,4,H],
  /// .weight_iter [H,4,H], .bias [4,H] (gru.L. with 3 gates); convolution.L.widthW.weight [W,in,H],
  /// .bias [H]; state_attention.query, .key, .value, .output [S,S]; attention.weight [S,A], .bias
  /// [A], .vector [A,heads]; feed_forward.L.weight [in,H], .bias [H]; projection.weight [P,D],
  /// .bias [D].
  const ParameterLayout& layout() const;
  /// Embeddings normal(0, 0.1), LSTM and dense uniform Glorot, recurrent orthogonal-like uniform,
  /// convolutions uniform He, forget-gate bias 1, other biases and state_attention.output 0. Leaves
  /// the parameters of others in a shared layout alone.
  void initialise(ParameterBlock& values, Random&) const;
  void pack(dnn::Context&, const ParameterBlock& values, bool training, Packed&) const;

  /// out[N, D], or [N, D + P] where there is a projection and the pooled vectors, before dropout,
  /// are wanted behind the embeddings. Inference when saved is null: the vector of a text then does
  /// not depend, bit for bit, on the other texts, on T, N or its place in the batch. (Training
  /// takes faster products, which may round otherwise from shape to shape.) Thread-safe, one
  /// context a thread.
  void forward(dnn::Context&, const ParameterBlock& values, const Packed&, const TokenBatch&,
               MatrixView out, Saved* saved, const DropoutSeed* dropout) const;
  /// dout: of as many columns as out. Adds the gradients of Σ dout∘out + penalty_weight · Σ_n
  /// penalty(n) to `gradients` and to `accumulator` (which holds what finish() must still move).
  /// penalty(n) is the redundancy of text n's attention heads, ‖A·Aᵀ − I‖² (Lin et al. 2017); 0
  /// without attention pooling.
  /// @return Σ_n penalty(n), or 0 where penalty_weight is 0
  double backward(dnn::Context&, const ParameterBlock& values, const Packed&, const TokenBatch&,
                  Saved&, ConstMatrixView dout, GradientBlock& gradients, Accumulator&,
                  double penalty_weight = 0) const;
  void zero(Accumulator&) const;
  /// Adds what the accumulator holds to the plain gradients.
  void finish(dnn::Context&, const Accumulator&, GradientBlock&) const;

  /// Attention pooling's weights: [heads, length of text n] for each text, rows sum to 1.
  /// Throws Error where the config has no attention pooling.
  std::vector<std::vector<float>> attention(dnn::Context&, const ParameterBlock& values,
                                            const Packed&, const TokenBatch&) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gemel::nn
