#include "train/batcher.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "core/random.hpp"

namespace gemel::train {
namespace {
constexpr std::int64_t kWindowBatches = 32;  // pairs compete for neighbours of like length in here
}

Batcher::Batcher(const Dataset& data, int batch_pairs, std::uint64_t seed)
    : data_(&data), batch_pairs_(batch_pairs), seed_(seed), order_(data.pairs().size()) {}

std::int64_t Batcher::batches() const {
  return (static_cast<std::int64_t>(order_.size()) + batch_pairs_ - 1) / batch_pairs_;
}

void Batcher::start_epoch(int epoch) {
  Random random(splitmix64(seed_) ^ splitmix64(static_cast<std::uint64_t>(epoch) + 1));
  std::iota(order_.begin(), order_.end(), 0);
  random.shuffle(std::span(order_));
  const auto length = [&](std::int32_t pair) {
    const Dataset::Pair& p = data_->pairs()[static_cast<std::size_t>(pair)];
    return data_->tokens(p.a).size() + data_->tokens(p.b).size();
  };
  const auto window = static_cast<std::size_t>(kWindowBatches * batch_pairs_);
  for (std::size_t begin = 0; begin < order_.size(); begin += window) {
    const auto first = order_.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = first + static_cast<std::ptrdiff_t>(std::min(window, order_.size() - begin));
    std::stable_sort(first, last, [&](auto x, auto y) { return length(x) < length(y); });
  }
  batch_order_.resize(static_cast<std::size_t>(batches()));
  std::iota(batch_order_.begin(), batch_order_.end(), 0);
  random.shuffle(std::span(batch_order_));
}

Batch Batcher::batch(std::int64_t index) const {
  const std::int64_t begin = batch_order_[static_cast<std::size_t>(index)] * batch_pairs_;
  const std::int64_t end = std::min(begin + batch_pairs_, static_cast<std::int64_t>(order_.size()));
  Batch batch;
  std::unordered_map<std::int32_t, std::int32_t> place;
  const auto local = [&](std::int32_t text) {
    const auto [it, added] = place.emplace(text, static_cast<std::int32_t>(batch.texts.size()));
    if (added) batch.texts.push_back(text);
    return it->second;
  };
  for (std::int64_t i = begin; i < end; ++i) {
    const auto pair = static_cast<std::size_t>(order_[static_cast<std::size_t>(i)]);
    const Dataset::Pair& p = data_->pairs()[pair];
    const std::int32_t a = local(p.a);
    batch.pairs.push_back({a, local(p.b), p.label});
  }
  return batch;
}

}  // namespace gemel::train
