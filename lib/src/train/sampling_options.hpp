#pragma once
#include "loss/negatives.hpp"

namespace gemel::train {

/// Negatives that no row of the training file holds: from the texts of the batch, and from an index
/// over the whole training set that is made anew every epoch. Distances in the metric's unit.
struct SamplingOptions {
  loss::NegativeMiner negatives = loss::NegativeMiner::hardest;  ///< in the batch
  int batch_negatives = 0;    ///< made in the batch for each text; 0 to 256
  float negative_weight = 1;  ///< of a made pair beside a labelled one; 0 to 1000
  float min_distance = 0;     ///< closer texts are not made negatives; 0 to 1e6
  float max_distance = 0;     ///< nor are farther ones; 0 for no limit, to 1e6
  /// Nor are those closer than (1 − this) times the positive's distance, as they are probably
  /// duplicates nobody labelled; 1 turns the guard off, 0 asks for farther than the positive.
  float relative_margin = 1;

  loss::NegativeMiner mining = loss::NegativeMiner::hardest;  ///< in the index
  int mined_negatives = 0;     ///< from the index, a positive pair; 0 to 64
  float mined_share = 1;       ///< share of the positive pairs that get some; 0 to 1
  int mining_pool = 20'000;    ///< texts of the index, drawn afresh; 100 to 10,000,000
  int mining_neighbours = 16;  ///< of the pool, looked at for each text; 1 to 1024
  int mining_from = 1;         ///< epochs trained before the first index; 0 to 10,000

  void validate() const;  ///< throws Error naming field, value and allowed range
};

}  // namespace gemel::train
