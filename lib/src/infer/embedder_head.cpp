// What the pair head says of pairs, by what it reads or by their texts.
#include <algorithm>
#include <cmath>
#include <gemel/error.hpp>
#include <numeric>
#include <unordered_map>

#include "core/aligned.hpp"
#include "core/check.hpp"
#include "core/parallel.hpp"
#include "core/union_find.hpp"
#include "infer/embedder_impl.hpp"

namespace gemel {
namespace {

using Pairs = std::span<const std::pair<std::int32_t, std::int32_t>>;

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

// The pairs' places, those of texts that hang together beside each other, so that a text stands in
// few blocks. second: where the second texts begin among all, 0 where they are the first ones.
std::vector<std::size_t> by_component(Pairs pairs, std::int32_t second, std::int32_t texts) {
  UnionFind sets(texts);
  for (const auto& [i, j] : pairs) sets.join(i, second + j);
  std::vector<std::size_t> order(pairs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t p) { return sets.find(pairs[p].first); });
  return order;
}

}  // namespace

bool Embedder::has_head() const {
  return impl_->towers.head() != nullptr;
}

void Embedder::head_probabilities(ConstMatrixView a, ConstMatrixView b, Pairs pairs,
                                  std::span<float> out, int threads) const {
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
  // Judged at a time: enough for every thread, and each time takes buffers of its own.
  const std::int64_t part =
      std::clamp(count / (8 * threads), std::int64_t{256}, std::int64_t{4096});
  parallel_for(threads, (count + part - 1) / part, [&](std::int64_t chunk, int) {
    const auto begin = static_cast<std::size_t>(chunk * part);
    const auto some =
        pairs.subspan(begin, std::min(static_cast<std::size_t>(part), pairs.size() - begin));
    const auto logits = out.subspan(begin, some.size());
    const ObjectPool<dnn::Context>::Lease context(impl_->contexts);
    impl_->towers.head()->judge(*context, impl_->values, a, b, some, logits);
    for (float& x : logits) x = static_cast<float>(1 / (1 + std::exp(-double{x})));
  });
}

void Embedder::head_probabilities(const EmbeddedTexts& a, const EmbeddedTexts& b, Pairs pairs,
                                  std::span<float> out, int threads) const {
  if (feature_size() == dimension() || !has_head() || out.size() != pairs.size())
    return head_probabilities(a.embeddings, b.embeddings, pairs, out, threads);
  const bool same = a.texts.data() == b.texts.data() && a.tower == b.tower;
  const auto most = static_cast<std::size_t>(impl_->options.feature_floats / feature_size());
  const auto count = static_cast<std::int32_t>(a.texts.size());
  const std::vector<std::size_t> order = by_component(
      pairs, same ? 0 : count, count + (same ? 0 : static_cast<std::int32_t>(b.texts.size())));
  Named first(a), second(b);
  std::vector<std::pair<std::int32_t, std::int32_t>> places;
  std::vector<float> found;
  for (std::size_t begin = 0; begin < order.size(); begin += places.size()) {
    first.clear();
    second.clear();
    places.clear();
    for (std::size_t p = begin; p < order.size(); ++p) {
      const auto& [i, j] = pairs[order[p]];
      const std::int32_t at = first.place_of(i);
      places.emplace_back(at, same ? first.place_of(j) : second.place_of(j));
      if (first.size() + second.size() + 1 >= most) break;
    }
    const ConstMatrixView u = first.encode(*this, threads);
    const ConstMatrixView v = same ? u : second.encode(*this, threads);
    found.resize(places.size());
    head_probabilities(u, v, places, found, threads);
    for (std::size_t p = 0; p < places.size(); ++p) out[order[begin + p]] = found[p];
  }
}

}  // namespace gemel
