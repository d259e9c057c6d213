#include "infer/engine/lstm_engine.hpp"

#include <algorithm>
#include <cassert>

namespace gemel::infer {
namespace {

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

const float* parameter(const ParameterBlock& values, const std::string& name) {
  const int index = values.layout().find(name);
  assert(index >= 0);
  return values.data(index);
}

}  // namespace

bool LstmEngine::supports(const EncoderConfig& config) {
  return config.kind == EncoderKind::lstm && config.state_attention_heads == 0 &&
         std::find(config.pooling.begin(), config.pooling.end(), Pooling::attention) ==
             config.pooling.end();
}

LstmEngine::LstmEngine(const EncoderConfig& config, const ParameterBlock& values,
                       const std::string& prefix, const Kernels& kernels,
                       std::int64_t largest_table, std::optional<StoredRows> embedding)
    : config_(config),
      kernels_(&kernels),
      width_(padded(config.hidden_size, kernels_->units)),
      embedding_(embedding ? EmbeddingRows(*std::move(embedding), config.embedding_size)
                           : EmbeddingRows(parameter(values, prefix + "embedding.weight"),
                                           config.embedding_size)),
      pooling_(config) {
  assert(supports(config));
  const bool table =
      2 * GateTable::bytes(*kernels_, config.hidden_size, config.vocabulary_size) <= largest_table;
  for (int l = 0; l < config.layers; ++l) {
    Layer& layer = layers_.emplace_back();
    for (std::size_t d = 0; d < 2; ++d) {
      const std::string name =
          prefix + "lstm." + std::to_string(l) + (d == 0 ? ".forward." : ".backward.");
      layer.recurrent[d] =
          pack_recurrent(*kernels_, config.hidden_size, parameter(values, name + "weight_iter"));
      const float* const weight = parameter(values, name + "weight_layer");
      const float* const bias = parameter(values, name + "bias");
      InputRows input = pack_layer_input(l, weight, bias);
      if (l == 0 && table)
        tables_[d].emplace(*kernels_, config.hidden_size, std::move(input), embedding_,
                           config.vocabulary_size);
      else
        layer.input[d] = std::move(input);
    }
  }
  if (config.projection_size > 0)
    projection_.emplace(*kernels_, config.pooled_size(), config.projection_size,
                        parameter(values, prefix + "projection.weight"),
                        parameter(values, prefix + "projection.bias"));
}

std::int64_t LstmEngine::input_depth(int layer) const {
  if (layer == 0) return config_.embedding_size;
  return config_.shortcut ? config_.embedding_size + 2 * width_ * layer : 2 * width_;
}

// Embeddings are multiplied in bytes where the kernels can, states of lower layers never. Rows of
// weights that multiply the padding of states are zero.
InputRows LstmEngine::pack_layer_input(int layer, const float* weight, const float* bias) const {
  const std::int64_t hidden = config_.hidden_size, depth = input_depth(layer);
  if (layer == 0 || width_ == hidden)
    return InputRows(*kernels_, depth, hidden, weight, bias, layer == 0);
  AlignedBuffer<float> spread(size(depth * 4 * hidden));
  const std::int64_t embedding = config_.shortcut ? config_.embedding_size : 0;
  std::copy_n(weight, embedding * 4 * hidden, spread.data());
  const std::int64_t halves = config_.shortcut ? 2 * layer : 2;
  for (std::int64_t half = 0; half < halves; ++half)
    std::copy_n(weight + (embedding + half * hidden) * 4 * hidden, hidden * 4 * hidden,
                spread.data() + (embedding + half * width_) * 4 * hidden);
  return InputRows(*kernels_, depth, hidden, spread.data(), bias, false);
}

void LstmEngine::expect(std::int64_t tokens) const {
  for (const auto& table : tables_)
    if (table) table->expect(tokens);
}

}  // namespace gemel::infer
