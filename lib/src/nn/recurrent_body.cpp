// Token embedding, L bidirectional recurrent layers, pooling.
#include <algorithm>
#include <array>

#include "nn/bf16.hpp"
#include "nn/bidirectional.hpp"
#include "nn/body.hpp"
#include "nn/initial_values.hpp"
#include "nn/state_pooling.hpp"
#include "nn/token_embedding.hpp"

namespace gemel::nn {
namespace {

struct Packed : BodyPart {
  std::vector<Bidirectional::Packed> layers;  // [L]
};

struct Saved : BodyPart {
  std::vector<Bidirectional::Tape> layers;  // [L], in inference at most 2, taken in turn
  StatePooling::Tape pooling;
};

struct Accumulator : BodyPart {
  std::vector<Bidirectional::Accumulator> layers;  // [L]
};

struct Scratch : BodyPart {
  AlignedBuffer<float> row;                // [max(E, 2H)]
  std::array<AlignedBuffer<float>, 2> dy;  // [T, N, H] each
  std::array<AlignedBuffer<float>, 2> dx;  // [T, N, max(E, 2H)] each
  StatePooling::Scratch pooling;
};

std::size_t count(std::int64_t a, std::int64_t b) {
  return static_cast<std::size_t>(a * b);
}
Directions<float> view(std::array<AlignedBuffer<float>, 2>& buffers) {
  return {buffers[0].data(), buffers[1].data()};
}
template <class Real>
Directions<const Real> read_only(Directions<Real> d) {
  return {d.forward, d.backward};
}

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
  std::int64_t input_size(int layer) const { return layer == 0 ? embedding_size_ : 2 * hidden_; }
  std::int64_t widest_input() const { return std::max(embedding_size_, 2 * hidden_); }
  int register_layers(const EncoderConfig&, ParameterLayout&, const std::string& prefix);
  DropoutMask mask(const Pass& pass, std::size_t layer) const {
    return pass.mask(static_cast<int>(layer), layer == 0 ? dropout_embedding_ : dropout_layer_);
  }
  template <class Real>
  void run(const Pass&, const Packed&, Saved&, Scratch&, MatrixView pooled) const;
  template <class Real>
  Directions<const Real> run_layers(const Pass&, const Packed&, Saved&, Scratch&) const;

  std::int64_t embedding_size_, hidden_;  // E, H
  float dropout_embedding_, dropout_layer_;
  Precision precision_;
  // In the layout's order, which is that of construction.
  std::vector<std::array<Index, 2>> index_;  // [L], forward and backward
  int embedding_;                            // its place in the layout
  StatePooling pooling_;
  std::vector<Bidirectional> layers_;  // [L]
};

// Embedding and layers; the pooling's own parameters follow them in the layout.
int RecurrentBody::register_layers(const EncoderConfig& config, ParameterLayout& layout,
                                   const std::string& prefix) {
  const int embedding =
      layout.add(prefix + "embedding.weight", {config.vocabulary_size, embedding_size_},
                 {.row_sparse = true, .decay = true});
  for (int l = 0; l < config.layers; ++l) {
    auto& directions = index_.emplace_back();
    for (std::size_t d = 0; d < 2; ++d) {
      const std::string name =
          prefix + "lstm." + std::to_string(l) + (d == 0 ? ".forward." : ".backward.");
      directions[d] = {layout.add(name + "weight_layer", {input_size(l), 4, hidden_}),
                       layout.add(name + "weight_iter", {hidden_, 4, hidden_}),
                       layout.add(name + "bias", {4, hidden_},
                                  ParameterLayout::Traits{.row_sparse = false, .decay = false})};
    }
  }
  return embedding;
}

RecurrentBody::RecurrentBody(const EncoderConfig& config, Precision precision,
                             ParameterLayout& layout, const std::string& prefix)
    : embedding_size_(config.embedding_size),
      hidden_(config.hidden_size),
      dropout_embedding_(config.dropout_embedding),
      dropout_layer_(config.dropout_layer),
      precision_(precision),
      embedding_(register_layers(config, layout, prefix)),
      pooling_(config, layout, prefix) {
  for (int l = 0; l < config.layers; ++l) layers_.emplace_back(input_size(l), hidden_, precision);
}

void RecurrentBody::initialise(ParameterBlock& values, Random& random) const {
  fill_normal(values.values(embedding_), 0.1, random);
  for (const auto& directions : index_)
    for (const Index& i : directions) {
      fill_uniform(values.values(i.weight_layer),
                   glorot(values.layout()[i.weight_layer].rows(), hidden_), random);
      // Entries of a random orthogonal [H, H] matrix have variance 1/H.
      fill_uniform(values.values(i.weight_iter), std::sqrt(3.0 / static_cast<double>(hidden_)),
                   random);
      for (std::int64_t j = 0; j < hidden_; ++j)
        values.data(i.bias)[hidden_ + j] = 1.0f;  // forget gate
    }
  pooling_.initialise(values, random);
}

void RecurrentBody::pack(dnn::Context& context, const ParameterBlock& values, bool training,
                         BodySlot& slot) const {
  Packed& packed = part_of<Packed>(slot);
  packed.layers.resize(layers_.size());
  for (std::size_t l = 0; l < layers_.size(); ++l)
    layers_[l].pack(context, index_[l][0].values(values), index_[l][1].values(values), training,
                    packed.layers[l]);
}

// Training keeps every layer's tape; inference alternates between two.
template <class Real>
Directions<const Real> RecurrentBody::run_layers(const Pass& pass, const Packed& packed,
                                                 Saved& saved, Scratch& scratch) const {
  const std::size_t tapes =
      pass.training ? layers_.size() : std::min<std::size_t>(layers_.size(), 2);
  if (saved.layers.size() < tapes) saved.layers.resize(tapes);
  scratch.row.reserve_discard(static_cast<std::size_t>(widest_input()));
  Directions<const Real> below;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    Bidirectional::Tape& tape = saved.layers[l % tapes];
    layers_[l].reserve(pass.batch, tape);
    const DropoutMask dropout = mask(pass, l);
    if (l == 0)
      embed_tokens<Real>(pass.values.data(embedding_), embedding_size_, pass.ids, pass.batch,
                         dropout, scratch.row.data(), tape.input<Real>());
    else
      next_layer_input<Real>(below, hidden_, pass.batch, dropout, scratch.row.data(),
                             tape.input<Real>());
    layers_[l].forward(pass.context, packed.layers[l], pass.batch, pass.training, tape);
    below = read_only(tape.state<Real>());
  }
  return below;
}

template <class Real>
void RecurrentBody::run(const Pass& pass, const Packed& packed, Saved& saved, Scratch& scratch,
                        MatrixView pooled) const {
  const Directions<const Real> y = run_layers<Real>(pass, packed, saved, scratch);
  pooling_.forward<Real>(pass, y, saved.pooling, scratch.pooling, pooled);
}

void RecurrentBody::forward(const Pass& pass, const BodySlot& packed, BodySlot& saved,
                            BodySlot& scratch, MatrixView pooled) const {
  const auto run_as =
      precision_ == Precision::bf16 ? &RecurrentBody::run<Bf16> : &RecurrentBody::run<float>;
  (this->*run_as)(pass, part_of<Packed>(packed), part_of<Saved>(saved), part_of<Scratch>(scratch),
                  pooled);
}

double RecurrentBody::backward(const Pass& pass, const BodySlot& packed_slot, BodySlot& saved_slot,
                               BodySlot& scratch_slot, ConstMatrixView dpooled,
                               double penalty_weight, GradientBlock& gradients,
                               BodySlot& accumulator_slot) const {
  const Packed& packed = part_of<Packed>(packed_slot);
  Saved& saved = part_of<Saved>(saved_slot);
  Scratch& scratch = part_of<Scratch>(scratch_slot);
  Accumulator& accumulator = part_of<Accumulator>(accumulator_slot);
  scratch.row.reserve_discard(static_cast<std::size_t>(widest_input()));
  for (auto& dx : scratch.dx) dx.reserve_discard(count(pass.batch.rows(), widest_input()));
  for (auto& dy : scratch.dy) dy.reserve_discard(count(pass.batch.rows(), hidden_));
  const Directions<float> dy = view(scratch.dy), dx = view(scratch.dx);
  const double penalty = pooling_.backward(pass, saved.pooling, dpooled, penalty_weight,
                                           scratch.pooling, gradients, dy);
  for (std::size_t l = layers_.size(); l-- > 0;) {
    layers_[l].backward(pass.context, packed.layers[l], pass.batch, read_only(dy), saved.layers[l],
                        dx, accumulator.layers[l]);
    const DropoutMask dropout = mask(pass, l);
    if (l == 0)
      embed_tokens_backward(read_only(dx), pass.ids, pass.batch, dropout, scratch.row.data(),
                            embedding_, gradients);
    else
      next_layer_input_backward(read_only(dx), hidden_, pass.batch, dropout, scratch.row.data(),
                                dy);
  }
  return penalty;
}

void RecurrentBody::zero(BodySlot& slot) const {
  Accumulator& accumulator = part_of<Accumulator>(slot);
  accumulator.layers.resize(layers_.size());
  for (std::size_t l = 0; l < layers_.size(); ++l) layers_[l].zero(accumulator.layers[l]);
}

void RecurrentBody::finish(dnn::Context& context, const BodySlot& slot,
                           GradientBlock& gradients) const {
  const Accumulator& accumulator = part_of<Accumulator>(slot);
  for (std::size_t l = 0; l < layers_.size(); ++l)
    layers_[l].finish(context, accumulator.layers[l], index_[l][0].gradients(gradients),
                      index_[l][1].gradients(gradients));
}

}  // namespace

std::unique_ptr<Body> make_recurrent_body(const EncoderConfig& config, Precision precision,
                                          ParameterLayout& layout, const std::string& prefix) {
  return std::make_unique<RecurrentBody>(config, precision, layout, prefix);
}

}  // namespace gemel::nn
