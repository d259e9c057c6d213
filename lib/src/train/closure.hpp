#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace gemel::train {

/// A labelled pair of rows of a text table.
struct ClosurePair {
  std::int32_t a, b;
  float label;
};

struct ClosureOptions {
  float positive_from = 0.5f;  ///< labels from here on join their texts; finite
  int extra_per_text = 0;      ///< most extra pairs that one text stands in; 0 to 1000
  /// Whether a group that holds a conflict, where some label must be wrong, gives extra pairs too.
  bool extra_from_conflicting = false;
  std::uint64_t seed = 1;  ///< chooses the extra pairs
  int examples = 10;       ///< conflicts listed; 0 to 1000

  /// Throws Error naming the field, its value and the allowed range.
  void validate() const;
};

/// A pair labelled different whose texts the labelled positives join.
struct ClosureConflict {
  std::int32_t a, b;  // rows of the text table
  std::int64_t pair;  // index of the labelled pair, from 0
};

struct ClosureReport {
  std::int64_t positives = 0, negatives = 0;  ///< labelled pairs
  std::int64_t groups = 0;                    ///< of two texts or more
  std::int64_t texts = 0;                     ///< in those groups
  std::int64_t largest = 0;                   ///< texts of the largest group
  std::int64_t implied = 0;    ///< pairs of texts in one group that no label mentions
  std::int64_t extra = 0;      ///< how many of them were made pairs
  std::int64_t conflicts = 0;  ///< pairs labelled different inside a group
  std::int64_t conflicting_groups = 0;
  std::vector<ClosureConflict> examples;  ///< the first of them, in the pairs' order

  /// "12 groups of 30 texts (largest 5), 14 pairs implied, 6 added, 1 conflict in 1 group".
  std::string summary() const;
};

struct Closure {
  /// [text_count] texts joined by positives, directly or through others, share a number: that of
  /// the first of them.
  std::vector<std::int32_t> groups;
  std::vector<ClosurePair>
      extra;  ///< made positives, a < b, label 1; none is in the labelled pairs
  ClosureReport report;
};

/// The transitive closure of the labelled positives. A pure function: the same arguments give the
/// same result. Time is that of sorting the pairs, plus texts × extra_per_text. Thread-safe.
/// @param pairs  rows in [0, text_count), an assertion
Closure close_pairs(std::int32_t text_count, std::span<const ClosurePair> pairs,
                    const ClosureOptions& options);

}  // namespace gemel::train
