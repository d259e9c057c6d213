#pragma once
#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/encoder_config.hpp"
#include "core/matrix.hpp"
#include "core/parameters.hpp"
#include "core/random.hpp"
#include "nn/dropout.hpp"
#include "nn/encoder.hpp"
#include "nn/ragged.hpp"

/// The replaceable part of an encoder: token ids → pooled row. What follows (dropout, projection,
/// unit length) is the same for every kind and lives in the encoder.
///
/// To add a kind: name it in EncoderKind, say in EncoderConfig how wide its states and its pooled
/// row are, derive a class from Body in files of its own, and add a line to make_body(). Its
/// constructor registers its parameters, "embedding.weight" first, all under the given prefix; its
/// buffers are BodyParts that it derives and fetches by part_of(). StatePooling (state_pooling.hpp)
/// does self-attention over states, all kinds of pooling and the attention penalty for it.
namespace gemel::nn {

/// What a body keeps in the encoder's Packed, Saved, Accumulator and scratch. Buffers grow only.
struct BodyPart {
  virtual ~BodyPart() = default;
};
using BodySlot = std::unique_ptr<BodyPart>;

/// The part in a slot. One that is empty, or that another kind of body filled, gets a new part.
template <class Part>
Part& part_of(BodySlot& slot) {
  if (!dynamic_cast<Part*>(slot.get())) slot = std::make_unique<Part>();
  return static_cast<Part&>(*slot);
}
template <class Part>
const Part& part_of(const BodySlot& slot) {
  assert(dynamic_cast<const Part*>(slot.get()));
  return static_cast<const Part&>(*slot);
}

/// One batch and how to go over it; a backward pass gets what its forward pass got.
struct Pass {
  dnn::Context& context;
  const ParameterBlock& values;
  const std::int32_t* ids;  // [T, N], anything on padding
  Ragged batch;
  bool training;  // keep what backward needs, and take the faster products
  std::optional<DropoutSeed> dropout;

  /// Dropout of a site. Site 0 is the token embedding, l ≥ 1 the input of layer l, -1 the pooled
  /// row (the encoder's own), -2 and below free for a kind's own places.
  DropoutMask mask(int site, float rate) const {
    return dropout && rate > 0 ? DropoutMask(dropout->value, site, rate) : DropoutMask();
  }
};

/// Immutable and shareable between threads; every buffer that changes is an argument.
class Body {
 public:
  virtual ~Body() = default;
  /// Initial values of its own parameters, which are zero before. Draws in the parameters' order.
  virtual void initialise(ParameterBlock&, Random&) const = 0;
  /// Weights into compute layout. A kind that reads `values` as they are does nothing.
  virtual void pack(dnn::Context&, const ParameterBlock& values, bool training,
                    BodySlot& packed) const = 0;
  /// pooled: [N, P], overwritten. When not training, the row of a text must not depend, bit for
  /// bit, on T, N, its place or the other texts.
  virtual void forward(const Pass&, const BodySlot& packed, BodySlot& saved, BodySlot& scratch,
                       MatrixView pooled) const = 0;
  /// Adds the gradients of Σ dpooled∘pooled + penalty_weight · Σ_n penalty(n) to `gradients` or to
  /// `accumulator`. dpooled: [N, P].
  /// @return Σ_n penalty(n), or 0 where penalty_weight is 0
  virtual double backward(const Pass&, const BodySlot& packed, BodySlot& saved, BodySlot& scratch,
                          ConstMatrixView dpooled, double penalty_weight, GradientBlock& gradients,
                          BodySlot& accumulator) const = 0;
  /// Empties an accumulator, making it if need be. A kind that adds to `gradients` alone has none.
  virtual void zero(BodySlot& accumulator) const = 0;
  /// Adds what the accumulator holds to the plain gradients.
  virtual void finish(dnn::Context&, const BodySlot& accumulator, GradientBlock&) const = 0;
  /// Weights of attention pooling, [T, N, heads], zero on padding, of the forward pass that filled
  /// `saved`; null where the config has none.
  virtual const float* attention_weights(const BodySlot& saved) const = 0;
};

/// The body of the config's kind, its parameters registered in `layout` under `prefix`.
std::unique_ptr<Body> make_body(const EncoderConfig&, Precision, ParameterLayout& layout,
                                const std::string& prefix);

// One for each kind, in files of their own.
std::unique_ptr<Body> make_recurrent_body(const EncoderConfig&, Precision, ParameterLayout&,
                                          const std::string& prefix);
std::unique_ptr<Body> make_convolution_body(const EncoderConfig&, ParameterLayout&,
                                            const std::string& prefix);
std::unique_ptr<Body> make_average_body(const EncoderConfig&, ParameterLayout&,
                                        const std::string& prefix);

}  // namespace gemel::nn
