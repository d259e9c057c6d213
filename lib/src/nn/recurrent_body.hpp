#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "nn/bidirectional.hpp"
#include "nn/body.hpp"
#include "nn/state_pooling.hpp"

namespace gemel::nn {

/// Token embedding, L bidirectional LSTM or GRU layers, pooling of the last layer's states. With
/// shortcut connections layer l ≥ 1 reads the token embedding and the states of all layers below
/// (Nie and Bansal 2017), else those of the layer below it.
class RecurrentBody final : public Body {
 public:
  RecurrentBody(const EncoderConfig&, Precision, ParameterLayout&, const std::string& prefix);
  void initialise(ParameterBlock&, Random&) const override;
  void pack(dnn::Context&, const ParameterBlock&, bool training, BodySlot& packed) const override;
  void forward(const Pass&, const BodySlot& packed, BodySlot& saved, BodySlot& scratch,
               MatrixView pooled) const override;
  double backward(const Pass&, const BodySlot& packed, BodySlot& saved, BodySlot& scratch,
                  ConstMatrixView dpooled, double penalty_weight, GradientBlock&,
                  BodySlot& accumulator) const override;
  void zero(BodySlot& accumulator) const override;
  void finish(dnn::Context&, const BodySlot& accumulator, GradientBlock&) const override;
  const float* attention_weights(const BodySlot& saved) const override {
    return pooling_.attention_weights(part_of<Saved>(saved).pooling);
  }

 private:
  struct Packed : BodyPart {
    std::vector<Bidirectional::Packed> layers;  // [L]
  };
  struct Saved : BodyPart {
    std::vector<Bidirectional::Tape> layers;  // [L], or fewer, taken in turn: see tapes()
    StatePooling::Tape pooling;
  };
  struct Accumulator : BodyPart {
    std::vector<Bidirectional::Accumulator> layers;  // [L]
  };
  struct Scratch : BodyPart {
    AlignedBuffer<float> row;                             // [widest I]
    std::vector<std::array<AlignedBuffer<float>, 2>> dy;  // [T, N, H] each; [L], or 1 for all
    std::array<AlignedBuffer<float>, 2> dx;               // [T, N, widest I] each
    AlignedBuffer<float> dembedding;                      // [T, N, E], through the shortcuts
    StatePooling::Scratch pooling;
  };
  /// Places of one direction's parameters in the layout.
  struct Index {
    int weight_layer, weight_iter, bias;
    dnn::RecurrentParameters values(const ParameterBlock& v) const {
      return {v.data(weight_layer), v.data(weight_iter), v.data(bias)};
    }
    dnn::RecurrentGradients gradients(GradientBlock& g) const {
      return {g.data(weight_layer), g.data(weight_iter), g.data(bias)};
    }
  };

  int register_layers(const EncoderConfig&, ParameterLayout&, const std::string& prefix);
  std::int64_t input_size(int layer) const;
  std::int64_t widest_input() const;
  std::size_t tapes(bool training) const;
  DropoutMask mask(const Pass& pass, std::size_t layer) const {
    return pass.mask(static_cast<int>(layer), layer == 0 ? dropout_embedding_ : dropout_layer_);
  }
  /// What layer l ≥ 1 reads.
  template <class Real>
  LowerLayers<const Real> read_layers(Saved&, std::size_t layer, std::size_t tapes) const;
  LowerLayers<float> gradients_below(Scratch&, std::size_t layer) const;
  Directions<float> state_gradients(Scratch&, std::size_t layer) const;
  template <class Real>
  void run(const Pass&, const Packed&, Saved&, Scratch&, MatrixView pooled) const;
  void backward_layers(const Pass&, const Packed&, Saved&, Scratch&, GradientBlock&,
                       Accumulator&) const;

  std::int64_t embedding_size_, hidden_;  // E, H
  bool shortcut_;
  float dropout_embedding_, dropout_layer_;
  Precision precision_;
  dnn::Cell cell_;
  // In the layout's order, which is that of construction.
  std::vector<std::array<Index, 2>> index_;  // [L], forward and backward
  int embedding_;                            // its place in the layout
  StatePooling pooling_;
  std::vector<Bidirectional> layers_;  // [L]
};

}  // namespace gemel::nn
