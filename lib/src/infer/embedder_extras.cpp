// What an embedder tells beside embeddings: attention weights, and what a pair head reads.
#include <algorithm>
#include <gemel/error.hpp>

#include "core/check.hpp"
#include "infer/embedder_impl.hpp"

namespace gemel {

std::vector<TokenAttention> Embedder::attention(std::string_view text, std::size_t tower) const {
  check_range("tower", tower, std::size_t{0}, impl_->towers.size() - 1);
  const auto& pooling = impl_->towers.encoder(tower).config().pooling;
  if (std::find(pooling.begin(), pooling.end(), Pooling::attention) == pooling.end())
    throw Error(impl_->place_of(tower), "has no attention pooling, so it cannot weigh tokens",
                "train a model with attention pooling");
  const TextBatches batches =
      make_batches(*impl_->tokenizer, {&text, 1}, {impl_->options.max_tokens, 1, 1});
  const std::vector<std::int32_t>& ids = batches.ids.front();
  const ObjectPool<dnn::Context>::Lease context(impl_->contexts);
  const std::vector<float> weights =  // [heads, length]
      impl_->towers.encoder(tower)
          .attention(*context, impl_->values, impl_->packed[tower], nn::TokenBatch::from({&ids}))
          .front();
  const std::size_t heads = weights.size() / ids.size();
  std::vector<TokenAttention> tokens(ids.size());
  for (std::size_t t = 0; t < ids.size(); ++t) {
    tokens[t].token = impl_->tokenizer->piece(ids[t]);
    for (std::size_t h = 0; h < heads; ++h) {
      tokens[t].heads.push_back(weights[h * ids.size() + t]);
      tokens[t].weight += tokens[t].heads.back() / static_cast<float>(heads);
    }
  }
  return tokens;
}

std::int64_t Embedder::feature_size() const {
  return impl_->bundle.model.feature_size();
}

EmbedStatistics Embedder::features(std::span<const std::string_view> texts, std::span<float> out,
                                   int threads, std::size_t tower) const {
  return impl_->encode(texts, feature_size(), out, threads, tower);
}

std::vector<float> Embedder::features(std::string_view text, std::size_t tower) const {
  return impl_->encode(text, feature_size(), tower);
}

}  // namespace gemel
