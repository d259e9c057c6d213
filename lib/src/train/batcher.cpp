#include "train/batcher.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "core/random.hpp"

namespace gemel::train {
namespace {

constexpr std::int64_t kWindowBatches = 32;  // examples compete for neighbours of like length here

// Collects a batch's distinct texts and draws which of them get noise.
class BatchBuilder {
 public:
  BatchBuilder(std::span<const TowerLink> links, const BatchOptions& options, std::uint64_t seed)
      : links_(links), options_(options), random_(seed) {}

  void add_lone(std::int32_t row) { local(row, 0, noise_of_negative()); }

  void add(std::span<const Dataset::Pair> pairs, std::span<const Dataset::Triplet> triplets,
           std::int64_t first_pair, const MinedNegatives& mined) {
    known_.clear();
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      add_pair(pairs[i]);
      add_mined(mined.of(first_pair + static_cast<std::int64_t>(i)));
    }
    for (const Dataset::Triplet& t : triplets)
      batch_.triplets.push_back(
          {known_[{t.anchor, 0}], known_[{t.positive, 1}], known_[{t.negative, 1}]});
  }

  Batch take() { return std::move(batch_); }

 private:
  // Negatives mined for the pair added last. They stand opposite its first text.
  void add_mined(std::span<const std::int32_t> rows) {
    for (const std::int32_t row : rows) {
      if (row < 0) continue;
      const std::int32_t n = local(row, batch_.texts[at(last_.b)].tower, noise_of_negative());
      batch_.pairs.push_back({last_.a, n, 0, last_.link, true});
      batch_.triplets.push_back({last_.a, last_.b, n});
    }
  }

  struct Key {
    std::int32_t row, side;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& k) const {
      return splitmix64(static_cast<std::uint64_t>(k.row) << 16 ^
                        static_cast<std::uint64_t>(k.side));
    }
  };
  static std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

  std::int16_t noise_of_negative() const { return options_.noise == Noise::both ? 1 : 0; }

  void add_pair(const Dataset::Pair& p) {
    const TowerLink link = links_[at(p.link)];
    std::int16_t first = noise_of_negative(), second = first;
    if (options_.noise == Noise::one && p.label >= 0.5f)
      (random_.below(2) == 0 ? first : second) = 1;
    // A text beside itself teaches nothing unless the two differ, by noise or by dropout alone
    // (Gao, Yao and Chen 2021, "SimCSE").
    if (p.a == p.b && link.a == link.b) first = 1, second = 2;
    std::int32_t a = local(p.a, link.a, first), b = local(p.b, link.b, second);
    known_.emplace(Key{p.a, 0}, a);
    known_.emplace(Key{p.b, 1}, b);
    last_ = {a, b, p.label, p.link};
    if (options_.side_swap > 0 && link.a == link.b &&
        random_.uniform() < double{options_.side_swap})
      std::swap(a, b);
    batch_.pairs.push_back({a, b, p.label, p.link, false, p.soft});
  }

  std::int32_t local(std::int32_t row, int tower, std::int16_t variant) {
    const Batch::Text text{row, static_cast<std::int16_t>(tower), variant};
    const auto [it, added] = place_.emplace(Key{row, tower << 4 | variant},
                                            static_cast<std::int32_t>(batch_.texts.size()));
    if (added) batch_.texts.push_back(text);
    return it->second;
  }

  std::span<const TowerLink> links_;
  const BatchOptions& options_;
  Random random_;
  Batch batch_;
  Batch::Pair last_{};  // the pair added last, before its sides were swapped
  std::unordered_map<Key, std::int32_t, KeyHash> place_;
  // (row, side) of the example's pairs. The first counts: a triplet's anchor is that of its
  // positive pair, noise included.
  std::unordered_map<Key, std::int32_t, KeyHash> known_;
};

}  // namespace

Batcher::Batcher(const Dataset& data, std::span<const TowerLink> links, const BatchOptions& options,
                 std::uint64_t seed)
    : data_(&data),
      links_(links.begin(), links.end()),
      options_(options),
      seed_(seed),
      order_(static_cast<std::size_t>(data.example_count())) {}

std::int64_t Batcher::batches() const {
  return (static_cast<std::int64_t>(order_.size()) + options_.examples - 1) / options_.examples;
}

void Batcher::start_epoch(int epoch) {
  epoch_ = epoch;
  Random random(splitmix64(seed_) ^ splitmix64(static_cast<std::uint64_t>(epoch) + 1));
  std::iota(order_.begin(), order_.end(), 0);
  random.shuffle(std::span(order_));
  const auto length = [&](std::int32_t example) {
    const std::int32_t lone = data_->example_lone(example);
    std::size_t sum = lone < 0 ? 0 : data_->tokens(lone).size();
    for (const Dataset::Pair& p : data_->example_pairs(example))
      sum += data_->tokens(p.a).size() + data_->tokens(p.b).size();
    return sum;
  };
  const auto window = static_cast<std::size_t>(kWindowBatches * options_.examples);
  for (std::size_t begin = 0; begin < order_.size(); begin += window) {
    const auto first = order_.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = first + static_cast<std::ptrdiff_t>(std::min(window, order_.size() - begin));
    std::stable_sort(first, last, [&](auto x, auto y) { return length(x) < length(y); });
  }
  batch_order_.resize(static_cast<std::size_t>(batches()));
  std::iota(batch_order_.begin(), batch_order_.end(), 0);
  random.shuffle(std::span(batch_order_));
}

Batch Batcher::batch(std::int64_t index, const MinedNegatives& mined) const {
  const std::int64_t begin =
      batch_order_[static_cast<std::size_t>(index)] * std::int64_t{options_.examples};
  const std::int64_t end =
      std::min(begin + options_.examples, static_cast<std::int64_t>(order_.size()));
  BatchBuilder builder(links_, options_,
                       splitmix64(seed_ ^ splitmix64(static_cast<std::uint64_t>(epoch_) << 32 ^
                                                     static_cast<std::uint64_t>(index))));
  for (std::int64_t i = begin; i < end; ++i) {
    const std::int32_t example = order_[static_cast<std::size_t>(i)];
    const auto pairs = data_->example_pairs(example);
    if (const std::int32_t row = data_->example_lone(example); row >= 0) builder.add_lone(row);
    builder.add(pairs, data_->example_triplets(example), pairs.data() - data_->pairs().data(),
                mined);
  }
  return builder.take();
}

}  // namespace gemel::train
