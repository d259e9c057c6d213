#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/model_config.hpp"
#include "train/dataset.hpp"

namespace gemel::train {

/// One step's work over the batch's own distinct texts.
struct Batch {
  /// A text as one tower shall read it. Variant 0 is the text as it stands; others are augmented,
  /// each number with noise of its own.
  struct Text {
    std::int32_t row;  // of the dataset
    std::int16_t tower = 0, variant = 0;
    bool operator==(const Text&) const = default;
  };
  struct Pair {
    std::int32_t a, b;  // indices into `texts`
    float label;
    std::int32_t link = 0;
    bool made = false;  // a mined negative, which no row of the file holds
    bool soft = false;  // the label is a classifier's, see loss::Pair
  };
  struct Triplet {
    std::int32_t anchor, positive, negative;  // indices into `texts`
  };
  std::vector<Text> texts;  // each once, in order of first use
  std::vector<Pair> pairs;
  std::vector<Triplet> triplets;
};

/// Negatives mined for the positive pairs of a dataset; empty before the first round.
struct MinedNegatives {
  int per_pair = 0;                // K
  std::vector<std::int32_t> rows;  // [pairs of the dataset, K], -1 where there is none
  std::span<const std::int32_t> of(std::int64_t pair) const {
    if (rows.empty()) return {};
    const auto k = static_cast<std::size_t>(per_pair);
    return {rows.data() + static_cast<std::size_t>(pair) * k, k};
  }
};

/// Which texts of an example augmentation changes.
enum class Noise {
  none,
  both,  // both texts of a pair, each in its own way
  one,   // of a positive pair one text, drawn by chance; negatives stay as they are
};

struct BatchOptions {
  int examples = 256;  // a batch
  Noise noise = Noise::none;
  float side_swap = 0;  // probability of exchanging the texts of a pair of one tower
};

/// An epoch's batches: examples are shuffled, sorted by length within windows of many batches, cut,
/// and the batches shuffled again. A pure function of (data, options, seed, epoch), so that a
/// resumed run sees the same batches. Every example comes exactly once an epoch.
class Batcher {
 public:
  Batcher(const Dataset&, std::span<const TowerLink> links, const BatchOptions&,
          std::uint64_t seed);
  void start_epoch(int epoch);
  std::int64_t batches() const;
  Batch batch(std::int64_t index, const MinedNegatives& mined = {}) const;

 private:
  const Dataset* data_;
  std::vector<TowerLink> links_;
  BatchOptions options_;
  std::uint64_t seed_;
  int epoch_ = 0;
  std::vector<std::int32_t> order_;  // examples, batch after batch
  std::vector<std::int64_t> batch_order_;
};

}  // namespace gemel::train
