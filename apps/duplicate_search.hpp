#pragma once
#include <optional>
#include <vector>

#include "apps/corpus.hpp"
#include "apps/pair_verdict.hpp"
#include "apps/verdict_threshold.hpp"
#include "search/neighbours.hpp"

namespace gemel::app {

/// Pairs of distinct texts and, where a pair head took a second look, what it said of each.
struct FoundPairs {
  std::vector<ScoredPair> pairs;
  std::vector<float> head;      // [pairs], probabilities; empty where no head was asked
  bool judged = false;          // by a pair head
  std::int64_t candidates = 0;  // pairs that the head was asked about

  /// Of two rows of one set, in either order; NaN where they are no pair or no head was asked.
  /// The pairs are sorted by i, then j.
  float head_of(std::int32_t a, std::int32_t b) const;
};

/// How pairs are looked for.
struct SearchPlan {
  Metric metric = Metric::cosine;
  VerdictThreshold threshold;       // what pairs, or the head's candidates, score at least
  HeadChoice head;                  // its threshold decides unless `top` shows all
  std::optional<std::int64_t> top;  // for each row its nearest, instead of all above the threshold
  bool top_above_threshold = false, top_by_head = false;  // leave out those that fall short
  int threads = 1;
  std::int64_t max_pairs = 20'000'000;
};

/// --candidates; --threshold and the like stand in verdict_threshold.hpp.
void add_candidates_option(po::options_description& group);
/// What the options and the model ask for. Throws Error or UsageError where they do not go
/// together.
SearchPlan plan_search(const CommandLine&, const Embedder&, Metric);

/// Within a, or where b is not null between a and b.
FoundPairs search_duplicates(const SearchPlan&, const Embedder&, const Corpus& a, const Corpus* b);

/// A line for people on what the thresholds were and what the head did; "" where there is nothing.
std::string describe_search(const SearchPlan&, const FoundPairs&);

}  // namespace gemel::app
