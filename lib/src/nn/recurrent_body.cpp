#include "nn/recurrent_body.hpp"

#include <algorithm>
#include <cmath>

#include "nn/initial_values.hpp"

namespace gemel::nn {

std::int64_t RecurrentBody::input_size(int layer) const {
  if (layer == 0) return embedding_size_;
  return shortcut_ ? embedding_size_ + 2 * hidden_ * layer : 2 * hidden_;
}

std::int64_t RecurrentBody::widest_input() const {
  return std::max(embedding_size_, layers_.back().input());
}

// Embedding and layers; the pooling's own parameters follow them in the layout.
int RecurrentBody::register_layers(const EncoderConfig& config, ParameterLayout& layout,
                                   const std::string& prefix) {
  const int embedding =
      layout.add(prefix + "embedding.weight", {config.vocabulary_size, embedding_size_},
                 {.row_sparse = true, .decay = true});
  const std::string kind(name(config.kind));
  for (int l = 0; l < config.layers; ++l) {
    auto& directions = index_.emplace_back();
    for (std::size_t d = 0; d < 2; ++d) {
      const std::string name =
          prefix + kind + "." + std::to_string(l) + (d == 0 ? ".forward." : ".backward.");
      const std::int64_t gates = dnn::gates(cell_);
      directions[d] = {layout.add(name + "weight_layer", {input_size(l), gates, hidden_}),
                       layout.add(name + "weight_iter", {hidden_, gates, hidden_}),
                       layout.add(name + "bias", {gates, hidden_},
                                  ParameterLayout::Traits{.row_sparse = false, .decay = false})};
    }
  }
  return embedding;
}

RecurrentBody::RecurrentBody(const EncoderConfig& config, Precision precision,
                             ParameterLayout& layout, const std::string& prefix)
    : embedding_size_(config.embedding_size),
      hidden_(config.hidden_size),
      shortcut_(config.shortcut),
      dropout_embedding_(config.dropout_embedding),
      dropout_layer_(config.dropout_layer),
      precision_(precision),
      cell_(config.kind == EncoderKind::gru ? dnn::Cell::gru : dnn::Cell::lstm),
      embedding_(register_layers(config, layout, prefix)),
      pooling_(config, layout, prefix) {
  for (int l = 0; l < config.layers; ++l)
    layers_.emplace_back(input_size(l), hidden_, precision, cell_);
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
      if (cell_ == dnn::Cell::lstm)  // forget gate
        std::fill_n(values.data(i.bias) + hidden_, hidden_, 1.0f);
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

std::unique_ptr<Body> make_recurrent_body(const EncoderConfig& config, Precision precision,
                                          ParameterLayout& layout, const std::string& prefix) {
  return std::make_unique<RecurrentBody>(config, precision, layout, prefix);
}

}  // namespace gemel::nn
