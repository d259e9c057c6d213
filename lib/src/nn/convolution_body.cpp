// Token embeddings, L layers of convolutions of several widths, pooling (Kim 2014, "Convolutional
// neural networks for sentence classification"). All in f32, whatever the precision.
#include <algorithm>

#include "nn/body.hpp"
#include "nn/convolution_layer.hpp"
#include "nn/initial_values.hpp"
#include "nn/state_pooling.hpp"

namespace gemel::nn {
namespace {

struct Packed : BodyPart {
  std::vector<ConvolutionLayer::Packed> layers;  // [L]
};

struct Saved : BodyPart {
  Line line;
  std::vector<ConvolutionLayer::Tape> layers;  // [L]
  AlignedBuffer<float> states;                 // [T, N, S]
  StatePooling::Tape pooling;
};

struct Scratch : BodyPart {
  AlignedBuffer<float> dstates;  // [T, N, S]
  AlignedBuffer<float> upper;    // [lead + M + tail, S], of a layer's outputs
  AlignedBuffer<float> dx;       // [lead + M + tail, max(E, S)], of its inputs
  ConvolutionLayer::Scratch layer;
  StatePooling::Scratch pooling;
};

class ConvolutionBody final : public Body {
 public:
  ConvolutionBody(const EncoderConfig&, ParameterLayout&, const std::string& prefix);
  void initialise(ParameterBlock&, Random&) const override;
  void pack(dnn::Context&, const ParameterBlock&, bool training, BodySlot& packed) const override;
  void forward(const Pass&, const BodySlot& packed, BodySlot& saved, BodySlot& scratch,
               MatrixView pooled) const override;
  double backward(const Pass&, const BodySlot& packed, BodySlot& saved, BodySlot& scratch,
                  ConstMatrixView dpooled, double penalty_weight, GradientBlock&,
                  BodySlot& accumulator) const override;
  void zero(BodySlot&) const override {}
  void finish(dnn::Context&, const BodySlot&, GradientBlock&) const override {}
  const float* attention_weights(const BodySlot& saved) const override {
    return pooling_.attention_weights(part_of<Saved>(saved).pooling);
  }

 private:
  int register_layers(const EncoderConfig&, ParameterLayout&, const std::string& prefix);
  void fill_input(const Pass&, std::size_t layer, Saved&) const;
  DropoutMask mask(const Pass& pass, std::size_t layer) const {
    return pass.mask(static_cast<int>(layer), layer == 0 ? dropout_embedding_ : dropout_layer_);
  }

  std::int64_t embedding_size_, state_size_;  // E, S
  std::int64_t widest_;
  float dropout_embedding_, dropout_layer_;
  std::vector<ConvolutionLayer> layers_;  // [L]
  int embedding_;                         // its place in the layout
  StatePooling pooling_;
};

int ConvolutionBody::register_layers(const EncoderConfig& config, ParameterLayout& layout,
                                     const std::string& prefix) {
  const int embedding =
      layout.add(prefix + "embedding.weight", {config.vocabulary_size, config.embedding_size},
                 {.row_sparse = true, .decay = true});
  for (int l = 0; l < config.layers; ++l)
    layers_.emplace_back(l == 0 ? embedding_size_ : state_size_, config.hidden_size, config.widths,
                         layout, prefix + "convolution." + std::to_string(l));
  return embedding;
}

ConvolutionBody::ConvolutionBody(const EncoderConfig& config, ParameterLayout& layout,
                                 const std::string& prefix)
    : embedding_size_(config.embedding_size),
      state_size_(config.state_size()),
      widest_(*std::ranges::max_element(config.widths)),
      dropout_embedding_(config.dropout_embedding),
      dropout_layer_(config.dropout_layer),
      embedding_(register_layers(config, layout, prefix)),
      pooling_(config, layout, prefix) {}

void ConvolutionBody::initialise(ParameterBlock& values, Random& random) const {
  fill_normal(values.values(embedding_), 0.1, random);
  for (const ConvolutionLayer& layer : layers_) layer.initialise(values, random);
  pooling_.initialise(values, random);
}

void ConvolutionBody::pack(dnn::Context& context, const ParameterBlock& values, bool training,
                           BodySlot& slot) const {
  Packed& packed = part_of<Packed>(slot);
  packed.layers.resize(layers_.size());
  for (std::size_t l = 0; l < layers_.size(); ++l)
    layers_[l].pack(context, values, training, packed.layers[l]);
}

void ConvolutionBody::fill_input(const Pass& pass, std::size_t layer, Saved& saved) const {
  const auto place = [&](int t, int n) { return saved.line.input(t, n); };
  const DropoutMask dropout = mask(pass, layer);
  layers_[layer].reserve(saved.line, saved.layers[layer]);
  float* x = saved.layers[layer].x.data();
  if (layer == 0) {
    embed_rows(pass.values.data(embedding_), embedding_size_, pass.ids, pass.batch, dropout, place,
               x);
    return;
  }
  layers_[layer - 1].gather(pass.batch, saved.line, saved.layers[layer - 1], place, x);
  for_each_step(pass.batch, [&](int t, int n) {
    dropout.apply(t, n, state_size_, x + place(t, n) * state_size_);
  });
}

void ConvolutionBody::forward(const Pass& pass, const BodySlot& packed_slot, BodySlot& saved_slot,
                              BodySlot& scratch_slot, MatrixView pooled) const {
  const Packed& packed = part_of<Packed>(packed_slot);
  Saved& saved = part_of<Saved>(saved_slot);
  saved.line = Line(pass.batch, widest_);
  saved.layers.resize(layers_.size());
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    fill_input(pass, l, saved);
    layers_[l].forward(pass.context, packed.layers[l], saved.line, saved.layers[l]);
  }
  saved.states.reserve_discard(static_cast<std::size_t>(pass.batch.rows() * state_size_));
  layers_.back().gather(
      pass.batch, saved.line, saved.layers.back(),
      [&](int t, int n) { return pass.batch.row(t, n); }, saved.states.data());
  pooling_.forward<float>(pass, {saved.states.data(), nullptr}, saved.pooling,
                          part_of<Scratch>(scratch_slot).pooling, pooled);
}

double ConvolutionBody::backward(const Pass& pass, const BodySlot& packed_slot,
                                 BodySlot& saved_slot, BodySlot& scratch_slot,
                                 ConstMatrixView dpooled, double penalty_weight,
                                 GradientBlock& gradients, BodySlot&) const {
  const Packed& packed = part_of<Packed>(packed_slot);
  Saved& saved = part_of<Saved>(saved_slot);
  Scratch& scratch = part_of<Scratch>(scratch_slot);
  const Ragged& batch = pass.batch;
  const std::int64_t widest = std::max(embedding_size_, state_size_);
  scratch.dstates.reserve_discard(static_cast<std::size_t>(batch.rows() * state_size_));
  for (AlignedBuffer<float>* buffer : {&scratch.upper, &scratch.dx})
    buffer->reserve_discard(static_cast<std::size_t>(saved.line.inputs() * widest));
  const double penalty =
      pooling_.backward(pass, saved.pooling, dpooled, penalty_weight, scratch.pooling, gradients,
                        {scratch.dstates.data(), nullptr});
  const auto place = [&](int t, int n) { return saved.line.input(t, n); };
  for_each_step(batch, [&](int t, int n) {
    std::copy_n(scratch.dstates.data() + batch.row(t, n) * state_size_, state_size_,
                scratch.upper.data() + place(t, n) * state_size_);
  });
  for (std::size_t l = layers_.size(); l-- > 0;) {
    layers_[l].backward(pass.context, packed.layers[l], batch, saved.line, saved.layers[l],
                        scratch.upper.data(), scratch.layer, scratch.dx.data(), gradients);
    if (l == 0) break;
    const DropoutMask dropout = mask(pass, l);
    for_each_step(batch, [&](int t, int n) {
      dropout.apply(t, n, state_size_, scratch.dx.data() + place(t, n) * state_size_);
    });
    std::swap(scratch.upper, scratch.dx);
  }
  embed_rows_backward(scratch.dx.data(), pass.ids, batch, mask(pass, 0), place, embedding_,
                      gradients);
  return penalty;
}

}  // namespace

std::unique_ptr<Body> make_convolution_body(const EncoderConfig& config, ParameterLayout& layout,
                                            const std::string& prefix) {
  return std::make_unique<ConvolutionBody>(config, layout, prefix);
}

}  // namespace gemel::nn
