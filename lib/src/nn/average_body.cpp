// Token embeddings, pooled, then fed forward (Iyyer et al. 2015, "Deep unordered composition rivals
// syntactic methods for text classification"). All in f32, whatever the precision.
#include <algorithm>
#include <string>

#include "nn/body.hpp"
#include "nn/initial_values.hpp"
#include "nn/state_pooling.hpp"
#include "nn/token_rows.hpp"

namespace gemel::nn {
namespace {

struct Saved : BodyPart {
  AlignedBuffer<float> states;  // [T, N, E]
  StatePooling::Tape pooling;
  std::vector<AlignedBuffer<float>> inputs;   // [L], [N, in] each, after dropout
  std::vector<AlignedBuffer<float>> outputs;  // [L], [N, H] each, before the next one's dropout
};

struct Scratch : BodyPart {
  AlignedBuffer<float> dstates;       // [T, N, E]
  AlignedBuffer<float> upper, lower;  // [N, widest]: gradients of a layer's two ends
  StatePooling::Scratch pooling;
};

class AverageBody final : public Body {
 public:
  AverageBody(const EncoderConfig&, ParameterLayout&, const std::string& prefix);
  void initialise(ParameterBlock&, Random&) const override;
  void pack(dnn::Context&, const ParameterBlock&, bool, BodySlot&) const override {}
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
  struct Layer {
    int weight, bias;
    std::int64_t in;
    dnn::Linear linear;
  };
  /// Dropout of layer l's input [N, H], l ≥ 1, in place.
  void drop(const Pass& pass, std::size_t layer, float* rows) const {
    const DropoutMask dropout = pass.mask(static_cast<int>(layer), dropout_layer_);
    for (int n = 0; n < pass.batch.texts; ++n) dropout.apply(0, n, hidden_, rows + n * hidden_);
  }
  std::int64_t widest() const { return std::max(pooling_.width(), hidden_); }
  void feed_forward(const Pass&, Saved&, MatrixView pooled) const;
  ConstMatrixView feed_forward_backward(const Pass&, const Saved&, Scratch&,
                                        ConstMatrixView dpooled, GradientBlock&) const;

  std::int64_t embedding_size_, hidden_;  // E, H
  float dropout_embedding_, dropout_layer_;
  int embedding_;  // its place in the layout
  StatePooling pooling_;
  std::vector<Layer> layers_;  // [L]
};

AverageBody::AverageBody(const EncoderConfig& config, ParameterLayout& layout,
                         const std::string& prefix)
    : embedding_size_(config.embedding_size),
      hidden_(config.hidden_size),
      dropout_embedding_(config.dropout_embedding),
      dropout_layer_(config.dropout_layer),
      embedding_(layout.add(prefix + "embedding.weight",
                            {config.vocabulary_size, config.embedding_size},
                            {.row_sparse = true, .decay = true})),
      pooling_(config, layout, prefix) {
  for (int l = 0; l < config.layers; ++l) {
    const std::string name = prefix + "feed_forward." + std::to_string(l);
    const std::int64_t in = l == 0 ? pooling_.width() : hidden_;
    const int weight = layout.add(name + ".weight", {in, hidden_});
    const int bias = layout.add(name + ".bias", {hidden_},
                                ParameterLayout::Traits{.row_sparse = false, .decay = false});
    layers_.push_back({weight, bias, in, dnn::Linear(in, hidden_)});
  }
}

void AverageBody::initialise(ParameterBlock& values, Random& random) const {
  fill_normal(values.values(embedding_), 0.1, random);
  pooling_.initialise(values, random);
  for (const Layer& layer : layers_)
    fill_uniform(values.values(layer.weight), glorot(layer.in, hidden_), random);
}

// saved.inputs[0] holds what was pooled.
void AverageBody::feed_forward(const Pass& pass, Saved& saved, MatrixView pooled) const {
  const std::int64_t size = pooled.rows * hidden_;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    if (l > 0) {
      saved.inputs[l].reserve_discard(static_cast<std::size_t>(size));
      std::copy_n(saved.outputs[l - 1].data(), size, saved.inputs[l].data());
      drop(pass, l, saved.inputs[l].data());
    }
    saved.outputs[l].reserve_discard(static_cast<std::size_t>(size));
    layer.linear.forward(pass.context, pooled.rows, saved.inputs[l].data(), layer.in,
                         pass.values.data(layer.weight), pass.values.data(layer.bias),
                         saved.outputs[l].data(), hidden_);
    tanh_row(size, saved.outputs[l].data());
  }
  for (std::int64_t n = 0; n < pooled.rows; ++n)
    std::copy_n(saved.outputs.back().data() + n * hidden_, hidden_, pooled.row(n));
}

void AverageBody::forward(const Pass& pass, const BodySlot&, BodySlot& saved_slot,
                          BodySlot& scratch_slot, MatrixView pooled) const {
  Saved& saved = part_of<Saved>(saved_slot);
  Scratch& scratch = part_of<Scratch>(scratch_slot);
  const Ragged& batch = pass.batch;
  saved.states.reserve_discard(static_cast<std::size_t>(batch.rows() * embedding_size_));
  embed_rows(
      pass.values.data(embedding_), embedding_size_, pass.ids, batch,
      pass.mask(0, dropout_embedding_), [&](int t, int n) { return batch.row(t, n); },
      saved.states.data());
  MatrixView out = pooled;
  if (!layers_.empty()) {
    saved.inputs.resize(layers_.size());
    saved.outputs.resize(layers_.size());
    saved.inputs[0].reserve_discard(static_cast<std::size_t>(batch.texts * pooling_.width()));
    out = MatrixView(saved.inputs[0].data(), batch.texts, pooling_.width());
  }
  pooling_.forward<float>(pass, {saved.states.data(), nullptr}, saved.pooling, scratch.pooling,
                          out);
  if (!layers_.empty()) feed_forward(pass, saved, pooled);
}

// @return the gradient of what was pooled
ConstMatrixView AverageBody::feed_forward_backward(const Pass& pass, const Saved& saved,
                                                   Scratch& scratch, ConstMatrixView dpooled,
                                                   GradientBlock& gradients) const {
  const std::int64_t texts = dpooled.rows;
  for (AlignedBuffer<float>* buffer : {&scratch.upper, &scratch.lower})
    buffer->reserve_discard(static_cast<std::size_t>(texts * widest()));
  for (std::int64_t n = 0; n < texts; ++n)
    std::copy_n(dpooled.row(n), hidden_, scratch.upper.data() + n * hidden_);
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const Layer& layer = layers_[l];
    tanh_backward_row(saved.outputs[l].data(), texts * hidden_, scratch.upper.data());
    layer.linear.backward(pass.context, texts, saved.inputs[l].data(), layer.in,
                          pass.values.data(layer.weight), scratch.upper.data(), hidden_,
                          scratch.lower.data(), layer.in, gradients.data(layer.weight),
                          gradients.data(layer.bias));
    if (l > 0) drop(pass, l, scratch.lower.data());
    std::swap(scratch.upper, scratch.lower);
  }
  return {scratch.upper.data(), texts, pooling_.width()};
}

double AverageBody::backward(const Pass& pass, const BodySlot&, BodySlot& saved_slot,
                             BodySlot& scratch_slot, ConstMatrixView dpooled, double penalty_weight,
                             GradientBlock& gradients, BodySlot&) const {
  Saved& saved = part_of<Saved>(saved_slot);
  Scratch& scratch = part_of<Scratch>(scratch_slot);
  const Ragged& batch = pass.batch;
  if (!layers_.empty()) dpooled = feed_forward_backward(pass, saved, scratch, dpooled, gradients);
  scratch.dstates.reserve_discard(static_cast<std::size_t>(batch.rows() * embedding_size_));
  const double penalty =
      pooling_.backward(pass, saved.pooling, dpooled, penalty_weight, scratch.pooling, gradients,
                        {scratch.dstates.data(), nullptr});
  embed_rows_backward(
      scratch.dstates.data(), pass.ids, batch, pass.mask(0, dropout_embedding_),
      [&](int t, int n) { return batch.row(t, n); }, embedding_, gradients);
  return penalty;
}

}  // namespace

std::unique_ptr<Body> make_average_body(const EncoderConfig& config, ParameterLayout& layout,
                                        const std::string& prefix) {
  return std::make_unique<AverageBody>(config, layout, prefix);
}

}  // namespace gemel::nn
