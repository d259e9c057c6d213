#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/aligned.hpp"
#include "core/matrix.hpp"
#include "core/parameters.hpp"
#include "core/random.hpp"
#include "dnn/context.hpp"
#include "nn/dropout.hpp"
#include "nn/encoder.hpp"

namespace gemel::nn {

/// A small classifier over two embeddings: features [|u−v|, u∘v] (Tai et al. 2015, "Improved
/// semantic representations from tree-structured LSTMs"), a hidden layer with ReLU, one logit; the
/// probability of a duplicate is 1 / (1 + e^−logit). Features and so logits are symmetric, bit for
/// bit. u and v are first scaled to a root mean square of 1: the logit does not depend on norms,
/// and the features are of the order of 1 whatever D is. A zero embedding stays zero. A head that
/// reads the pooled vectors too has u = [embedding, pooled vector], each scaled by itself.
/// Immutable and shareable between threads, one context a thread.
class PairHead {
 public:
  using Pairs = std::span<const std::pair<std::int32_t, std::int32_t>>;
  /// What backward needs of one forward call; buffers grow only.
  struct Saved {
    AlignedBuffer<float> hidden;  // [P, K], after ReLU and dropout
    bool dropped = false;         // whether dropout was on
    DropoutSeed seed{};
  };

  /// Adds head.hidden.weight [2W, K], .bias [K], head.output.weight [K, 1], .bias [1] to the
  /// layout, where W is D + P.
  /// @param sentence_size D, @param hidden K, both 1 or more
  /// @param dropout probability, on the hidden layer; [0, 1)
  /// @param pooled_size P, floats behind an embedding that are read too; 0 for none
  PairHead(std::int64_t sentence_size, std::int64_t hidden, ParameterLayout&, float dropout = 0,
           std::int64_t pooled_size = 0);

  std::int64_t feature_size() const { return size_; }  ///< W
  std::int64_t hidden() const { return hidden_; }
  /// Uniform Glorot, biases 0.
  void initialise(ParameterBlock& values, Random&) const;

  /// Makes every logit scale · logit + shift.
  void rescale(ParameterBlock& values, float scale, float shift) const;

  /// logits: [pairs]; texts: [N, W]; pairs: rows of texts. Inference when saved is null:
  /// a pair's logit then does not depend, bit for bit, on the other pairs or its place. Dropout is
  /// off when null; its masks are a function of the seed and the pair's place.
  void forward(dnn::Context&, const ParameterBlock& values, ConstMatrixView texts, Pairs pairs,
               Saved* saved, std::span<float> logits, const DropoutSeed* dropout = nullptr) const;
  /// Inference as by forward(), of row i of a and row j of b for each (i, j).
  void judge(dnn::Context&, const ParameterBlock& values, ConstMatrixView a, ConstMatrixView b,
             Pairs pairs, std::span<float> logits) const;
  /// Adds the gradients of Σ dlogits∘logits to `gradients` and to dtexts [N, W], whose data may
  /// be null. |u−v| has slope 0 where u = v.
  void backward(dnn::Context&, const ParameterBlock& values, ConstMatrixView texts, Pairs pairs,
                const Saved&, std::span<const float> dlogits, MatrixView dtexts,
                GradientBlock& gradients) const;

 private:
  struct Part {  // floats that are scaled together
    std::int64_t begin, size;
  };
  struct Block;
  DropoutMask mask(const Saved&) const;
  void run(dnn::Context&, const ParameterBlock& values, ConstMatrixView a, ConstMatrixView b,
           Pairs pairs, Saved*, std::span<float> logits, const DropoutSeed*) const;
  void hidden_backward(const ParameterBlock& values, Block&, std::int64_t first, const Saved&,
                       std::span<const float> dlogits, GradientBlock& gradients) const;

  std::int64_t size_;    // W
  std::int64_t hidden_;  // K
  float dropout_;
  std::vector<Part> parts_;
  int hidden_weight_, hidden_bias_, output_weight_, output_bias_;
  dnn::Linear layer_;  // 2W → K
};

}  // namespace gemel::nn
