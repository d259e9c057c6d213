#include <cmath>

#include "nn/encoder_impl.hpp"

namespace gemel::nn {
namespace {

constexpr ParameterLayout::Traits kNoDecay{.row_sparse = false, .decay = false};

void fill_uniform(std::span<float> values, double limit, Random& random) {
  for (float& v : values) v = static_cast<float>(random.uniform(-limit, limit));
}

// Uniform of variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010).
double glorot(std::int64_t fan_in, std::int64_t fan_out) {
  return std::sqrt(6.0 / static_cast<double>(fan_in + fan_out));
}

}  // namespace

ParameterIndex register_parameters(const EncoderConfig& config, ParameterLayout& layout) {
  const std::int64_t h = config.hidden_size;
  ParameterIndex index;
  index.embedding = layout.add("embedding.weight", {config.vocabulary_size, config.embedding_size},
                               {.row_sparse = true, .decay = true});
  for (int l = 0; l < config.layers; ++l) {
    const std::int64_t input = l == 0 ? config.embedding_size : 2 * h;
    auto& directions = index.lstm.emplace_back();
    for (std::size_t d = 0; d < 2; ++d) {
      const std::string name = "lstm." + std::to_string(l) + (d == 0 ? ".forward." : ".backward.");
      directions[d] = {layout.add(name + "weight_layer", {input, 4, h}),
                       layout.add(name + "weight_iter", {h, 4, h}),
                       layout.add(name + "bias", {4, h}, kNoDecay)};
    }
  }
  const PoolingLayout pooling(config);
  if (pooling.attention >= 0) {
    index.attention_weight = layout.add("attention.weight", {2 * h, config.attention_size});
    index.attention_bias = layout.add("attention.bias", {config.attention_size}, kNoDecay);
    index.attention_vector =
        layout.add("attention.vector", {config.attention_size, config.attention_heads});
  }
  if (config.projection_size > 0) {
    index.projection_weight =
        layout.add("projection.weight", {pooling.width, config.projection_size});
    index.projection_bias = layout.add("projection.bias", {config.projection_size}, kNoDecay);
  }
  return index;
}

void Encoder::initialise(ParameterBlock& values, Random& random) const {
  const EncoderConfig& c = config();
  const ParameterIndex& index = impl_->index;
  const std::int64_t h = c.hidden_size;
  std::fill(values.all().begin(), values.all().end(), 0.0f);
  for (float& v : values.values(index.embedding)) v = static_cast<float>(0.1 * random.normal());
  for (const auto& directions : index.lstm)
    for (const ParameterIndex::Lstm& lstm : directions) {
      fill_uniform(values.values(lstm.weight_layer), glorot(layout()[lstm.weight_layer].rows(), h),
                   random);
      // Entries of a random orthogonal [H, H] matrix have variance 1/H.
      fill_uniform(values.values(lstm.weight_iter), std::sqrt(3.0 / static_cast<double>(h)),
                   random);
      for (std::int64_t j = 0; j < h; ++j) values.data(lstm.bias)[h + j] = 1.0f;  // forget gate
    }
  if (index.attention_weight >= 0) {
    fill_uniform(values.values(index.attention_weight), glorot(2 * h, c.attention_size), random);
    fill_uniform(values.values(index.attention_vector), glorot(c.attention_size, c.attention_heads),
                 random);
  }
  if (index.projection_weight >= 0)
    fill_uniform(values.values(index.projection_weight), glorot(c.pooled_size(), c.projection_size),
                 random);
}

}  // namespace gemel::nn
