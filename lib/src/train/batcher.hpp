#pragma once
#include <cstdint>
#include <vector>

#include "train/dataset.hpp"

namespace gemel::train {

/// One step's pairs over the batch's own distinct texts.
struct Batch {
  std::vector<std::int32_t> texts;  // rows of the dataset, each once, in order of first use
  struct Pair {
    std::int32_t a, b;  // indices into `texts`
    float label;
  };
  std::vector<Pair> pairs;
};

/// An epoch's batches: pairs are shuffled, sorted by length within windows of many batches, cut,
/// and the batches shuffled again. A pure function of (data, batch size, seed, epoch), so that a
/// resumed run sees the same batches. Every pair comes exactly once an epoch.
class Batcher {
 public:
  Batcher(const Dataset& data, int batch_pairs, std::uint64_t seed);
  void start_epoch(int epoch);
  std::int64_t batches() const;
  Batch batch(std::int64_t index) const;

 private:
  const Dataset* data_;
  std::int64_t batch_pairs_;
  std::uint64_t seed_;
  std::vector<std::int32_t> order_;  // pairs, batch after batch
  std::vector<std::int64_t> batch_order_;
};

}  // namespace gemel::train
