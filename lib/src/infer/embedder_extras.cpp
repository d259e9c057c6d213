// What an embedder tells beside embeddings: attention weights and the pair head's probabilities.
#include <algorithm>
#include <cmath>
#include <gemel/error.hpp>
#include <unordered_map>

#include "core/aligned.hpp"
#include "core/check.hpp"
#include "core/parallel.hpp"
#include "infer/embedder_impl.hpp"

namespace gemel {
namespace {

/// Those of some texts that a block of pairs names, each once. Buffers grow only.
class Named {
 public:
  explicit Named(const EmbeddedTexts& all) : all_(&all) {}
  void clear() {
    places_.clear();
    texts_.clear();
  }
  std::size_t size() const { return texts_.size(); }
  std::int32_t place_of(std::int32_t row) {
    const auto [it, fresh] = places_.emplace(row, static_cast<std::int32_t>(texts_.size()));
    if (fresh) texts_.push_back(all_->texts[static_cast<std::size_t>(row)]);
    return it->second;
  }
  ConstMatrixView encode(const Embedder& embedder, int threads) {
    const std::int64_t width = embedder.feature_size();
    const std::size_t floats = texts_.size() * static_cast<std::size_t>(width);
    features_.reserve_discard(floats);
    embedder.features(texts_, {features_.data(), floats}, threads, all_->tower);
    return {features_.data(), static_cast<std::int64_t>(texts_.size()), width};
  }

 private:
  const EmbeddedTexts* all_;
  std::unordered_map<std::int32_t, std::int32_t> places_;
  std::vector<std::string_view> texts_;
  AlignedBuffer<float> features_;  // [texts, W]
};

}  // namespace

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
  std::vector<float> out(static_cast<std::size_t>(feature_size()));
  features({&text, 1}, out, 1, tower);
  return out;
}

bool Embedder::has_head() const {
  return impl_->towers.head() != nullptr;
}

void Embedder::head_probabilities(ConstMatrixView a, ConstMatrixView b,
                                  std::span<const std::pair<std::int32_t, std::int32_t>> pairs,
                                  std::span<float> out, int threads) const {
  constexpr std::int64_t kPairs = 256;  // copied and judged at a time
  if (!has_head())
    throw Error(impl_->path, "has no pair head", "train one with --head-size and --loss bce,head");
  if (out.size() != pairs.size())
    throw Error("out", "holds " + std::to_string(out.size()) + " floats; " +
                           std::to_string(pairs.size()) + " pairs need as many");
  check_range("threads", threads, 0, 1024);
  const std::int64_t width = feature_size();
  for (const ConstMatrixView& m : {a, b})
    if (m.rows > 0 && m.cols != width)
      throw Error("embeddings", "hold " + std::to_string(m.cols) + " floats; this model's hold " +
                                    std::to_string(width));
  if (threads == 0) threads = impl_->options.threads;
  const auto count = static_cast<std::int64_t>(pairs.size());
  parallel_for(threads, (count + kPairs - 1) / kPairs, [&](std::int64_t chunk, int) {
    const std::int64_t begin = chunk * kPairs, end = std::min(count, begin + kPairs);
    AlignedBuffer<float> rows(static_cast<std::size_t>(2 * (end - begin) * width));  // [2 pairs, W]
    std::vector<std::pair<std::int32_t, std::int32_t>> places;
    for (std::int64_t i = begin; i < end; ++i) {
      const auto& [first, second] = pairs[static_cast<std::size_t>(i)];
      const auto at = static_cast<std::int32_t>(places.size()) * 2;
      std::copy_n(a.row(first), width, rows.data() + at * width);
      std::copy_n(b.row(second), width, rows.data() + (at + 1) * width);
      places.emplace_back(at, at + 1);
    }
    const ObjectPool<dnn::Context>::Lease context(impl_->contexts);
    const auto logits = out.subspan(static_cast<std::size_t>(begin), places.size());
    impl_->towers.head()->forward(*context, impl_->values, {rows.data(), 2 * (end - begin), width},
                                  places, nullptr, logits);
    for (float& x : logits) x = static_cast<float>(1 / (1 + std::exp(-double{x})));
  });
}

void Embedder::head_probabilities(const EmbeddedTexts& a, const EmbeddedTexts& b,
                                  std::span<const std::pair<std::int32_t, std::int32_t>> pairs,
                                  std::span<float> out, int threads) const {
  if (feature_size() == dimension() || !has_head() || out.size() != pairs.size())
    return head_probabilities(a.embeddings, b.embeddings, pairs, out, threads);
  const bool same = a.texts.data() == b.texts.data() && a.tower == b.tower;
  const auto most = static_cast<std::size_t>(impl_->options.feature_floats / feature_size());
  Named first(a), second(b);
  std::vector<std::pair<std::int32_t, std::int32_t>> places;
  for (std::size_t begin = 0; begin < pairs.size(); begin += places.size()) {
    first.clear();
    second.clear();
    places.clear();
    for (const auto& [i, j] : pairs.subspan(begin)) {
      const std::int32_t at = first.place_of(i);
      places.emplace_back(at, same ? first.place_of(j) : second.place_of(j));
      if (first.size() + second.size() + 1 >= most) break;
    }
    const ConstMatrixView u = first.encode(*this, threads);
    const ConstMatrixView v = same ? u : second.encode(*this, threads);
    head_probabilities(u, v, places, out.subspan(begin, places.size()), threads);
  }
}

}  // namespace gemel
