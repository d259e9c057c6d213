#include "loss/negatives.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

#include "core/check.hpp"

namespace gemel::loss {
namespace {

using RowPair = std::pair<std::int32_t, std::int32_t>;

RowPair ordered(std::int32_t a, std::int32_t b) {
  return a < b ? RowPair{a, b} : RowPair{b, a};
}

// Which rows may be paired: another group, and not labelled already.
class Allowed {
 public:
  Allowed(std::span<const std::int32_t> group, std::span<const Pair> labelled)
      : group_(group), labelled_(group.size() * group.size()) {
    for (const Pair& p : labelled) labelled_[index(p.a, p.b)] = labelled_[index(p.b, p.a)] = 1;
  }
  bool operator()(std::int32_t a, std::int32_t b) const {
    return group_[static_cast<std::size_t>(a)] != group_[static_cast<std::size_t>(b)] &&
           !labelled_[index(a, b)];
  }

 private:
  std::size_t index(std::int32_t a, std::int32_t b) const {
    return static_cast<std::size_t>(a) * group_.size() + static_cast<std::size_t>(b);
  }
  std::span<const std::int32_t> group_;  // [N]
  std::vector<std::uint8_t> labelled_;   // [N, N]
};

std::vector<Pair> to_pairs(std::vector<RowPair>& chosen, float weight) {
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  std::vector<Pair> pairs;
  pairs.reserve(chosen.size());
  for (const RowPair& c : chosen) pairs.push_back({c.first, c.second, 0.0f, weight});
  return pairs;
}

// exp_manhattan saturates: many far texts share d = 1. Ranking by Manhattan keeps them apart.
Metric ranking_metric(Metric metric) {
  return metric == Metric::exp_manhattan ? Metric::manhattan : metric;
}

// min_distance in the unit of ranking_metric().
float ranking_minimum(const NegativeOptions& options) {
  if (options.metric != Metric::exp_manhattan) return options.min_distance;
  return options.min_distance < 1 ? -std::log1p(-options.min_distance)
                                  : std::numeric_limits<float>::infinity();
}

}  // namespace

void NegativeOptions::validate() const {
  check_range("negatives per_text", per_text, 0, 1024);
  check_range("negatives weight", double{weight}, 0.0, 1000.0);
  check_range("negatives min_distance", double{min_distance}, 0.0, 1e6);
}

std::vector<Pair> hardest_negatives(const NegativeOptions& options, ConstMatrixView embeddings,
                                    std::span<const std::int32_t> group,
                                    std::span<const Pair> labelled, NegativeReport*) {
  assert(static_cast<std::int64_t>(group.size()) == embeddings.rows);
  const auto n = static_cast<std::int32_t>(group.size());
  const auto wanted = static_cast<std::size_t>(options.per_text);
  if (wanted == 0 || n < 2) return {};
  const Allowed allowed(group, labelled);
  const std::vector<float> distances = all_distances(ranking_metric(options.metric), embeddings);
  const float minimum = ranking_minimum(options);

  std::vector<RowPair> chosen;
  std::vector<std::pair<float, std::int32_t>> candidates;  // (distance, row)
  for (std::int32_t a = 0; a < n; ++a) {
    const float* row = distances.data() + static_cast<std::ptrdiff_t>(a) * n;  // [N]
    candidates.clear();
    for (std::int32_t b = 0; b < n; ++b)
      if (row[b] >= minimum && allowed(a, b)) candidates.emplace_back(row[b], b);
    const auto end =
        candidates.begin() + static_cast<std::ptrdiff_t>(std::min(wanted, candidates.size()));
    std::partial_sort(candidates.begin(), end, candidates.end());
    for (auto it = candidates.begin(); it != end; ++it) chosen.push_back(ordered(a, it->second));
  }
  return to_pairs(chosen, options.weight);
}

std::vector<Pair> random_negatives(const NegativeOptions& options, ConstMatrixView embeddings,
                                   std::span<const std::int32_t> group,
                                   std::span<const Pair> labelled, Random& random,
                                   NegativeReport*) {
  assert(static_cast<std::int64_t>(group.size()) == embeddings.rows);
  const auto n = static_cast<std::int32_t>(group.size());
  const auto wanted = static_cast<std::size_t>(options.per_text);
  if (wanted == 0 || n < 2) return {};
  const Allowed allowed(group, labelled);
  std::vector<RowPair> chosen;
  std::vector<std::int32_t> candidates;
  for (std::int32_t a = 0; a < n; ++a) {
    candidates.clear();
    for (std::int32_t b = 0; b < n; ++b)
      if (allowed(a, b)) candidates.push_back(b);
    // The front of a Fisher and Yates shuffle, a text at a time until enough are far enough.
    std::size_t taken = 0;
    for (std::size_t i = 0; i < candidates.size() && taken < wanted; ++i) {
      std::swap(candidates[i], candidates[i + random.below(candidates.size() - i)]);
      const std::int32_t b = candidates[i];
      if (options.min_distance > 0 && distance(options.metric, embeddings.row(a), embeddings.row(b),
                                               embeddings.cols) < options.min_distance)
        continue;
      chosen.push_back(ordered(a, b));
      ++taken;
    }
  }
  return to_pairs(chosen, options.weight);
}

}  // namespace gemel::loss
