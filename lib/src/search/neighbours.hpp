#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/matrix.hpp"
#include "core/metric.hpp"

namespace gemel {

/// Row i of one set and row j of the other (or of the same) with their score (large = alike).
struct ScoredPair {
  std::int32_t i = 0, j = 0;
  float score = 0;
  bool operator==(const ScoredPair&) const = default;
};

struct SearchOptions {
  int threads = 1;                                  ///< workers, 1 to 1024
  std::int64_t max_pairs = 20'000'000;              ///< pairs kept at most (12 bytes each), >= 1
  const std::atomic<bool>* stop = nullptr;          ///< raised by somebody else: throws Interrupted
  std::function<void(double share)> progress = {};  ///< share done, 0 to 1; one call at a time, but
                                                    ///< from any worker
  void validate() const;  ///< throws Error naming field, value and allowed range
};

/// How the work went; for reports only.
struct SearchStatistics {
  std::int64_t pairs = 0;       ///< pairs that had to be decided
  std::int64_t candidates = 0;  ///< of them, those that the bounds could not rule out
  std::int64_t depth = 0;       ///< coordinates the bounds looked at; 0 where all were compared
};

// The searches below are exact: they find what comparing every two rows with distance() finds, and
// give the same scores bit for bit, in an order that does not depend on the number of threads.
// Speed comes from bounds computed on 8-bit codes, which rule most pairs out.
//
// a and b are [N, D] of f32 with the same D. Memory: up to 2 D + 32 bytes a row, and the result.
// Errors: Error for a value that is not finite, a NaN score, other options out of range, or more
// than max_pairs pairs; Interrupted. Thread-safe.

/// Every pair i < j of rows of a that scores min_score or more, sorted by i, then j.
std::vector<ScoredPair> neighbours_above(Metric, ConstMatrixView a, float min_score,
                                         const SearchOptions& = {}, SearchStatistics* = nullptr);
/// Every pair of row i of a and row j of b that scores min_score or more, sorted by i, then j.
std::vector<ScoredPair> neighbours_above(Metric, ConstMatrixView a, ConstMatrixView b,
                                         float min_score, const SearchOptions& = {},
                                         SearchStatistics* = nullptr);

/// For each row i of a its k best other rows j, sorted by i, then score (best first), then j.
/// Of equal scores the smaller j wins. k >= 1; a row has fewer where there are no more rows.
std::vector<ScoredPair> nearest(Metric, ConstMatrixView a, std::int64_t k,
                                const SearchOptions& = {}, SearchStatistics* = nullptr);
/// For each row i of a its k best rows j of b, sorted likewise.
std::vector<ScoredPair> nearest(Metric, ConstMatrixView a, ConstMatrixView b, std::int64_t k,
                                const SearchOptions& = {}, SearchStatistics* = nullptr);

}  // namespace gemel
