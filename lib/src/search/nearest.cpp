#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "core/check.hpp"
#include "search/neighbours.hpp"
#include "search/reach.hpp"
#include "search/scan.hpp"

namespace gemel {
namespace {

using namespace search;

bool better(const ScoredPair& x, const ScoredPair& y) {
  return x.score != y.score ? x.score > y.score : x.j < y.j;
}

// distance() of huge numbers can be no number: the worst of all.
float score_of(const Scorer& scorer, std::int64_t i, std::int64_t j) {
  const float score = scorer(i, j);
  return std::isnan(score) ? -std::numeric_limits<float>::infinity() : score;
}

// The k best of each row so far, as heaps with the worst on top; a full heap narrows the reach.
class NearestSink {
 public:
  NearestSink(const Problem& problem, const Scorer& scorer, std::int64_t k, std::int64_t first,
              std::int64_t rows, std::vector<ScoredPair>& found)
      : problem_(problem),
        scorer_(scorer),
        wanted_(static_cast<std::size_t>(k)),
        first_(first),
        best_(static_cast<std::size_t>(rows)),
        reach_(static_cast<std::size_t>(rows), std::numeric_limits<double>::infinity()),
        found_(found) {}

  std::span<const double> reach() const { return reach_; }
  void consider(std::int64_t i, std::int64_t j) {
    std::vector<ScoredPair>& heap = best_[static_cast<std::size_t>(i - first_)];
    const ScoredPair pair{static_cast<std::int32_t>(i), static_cast<std::int32_t>(j),
                          score_of(scorer_, i, j)};
    if (heap.size() == wanted_) {
      if (!better(pair, heap.front())) return;
      std::pop_heap(heap.begin(), heap.end(), better);
      heap.pop_back();
    }
    heap.push_back(pair);
    std::push_heap(heap.begin(), heap.end(), better);
  }
  void end_group() {
    for (std::size_t r = 0; r < best_.size(); ++r)
      if (best_[r].size() == wanted_)
        reach_[r] = search::reach(problem_.metric, best_[r].front().score, problem_.a.cols);
  }
  void finish() {
    for (std::vector<ScoredPair>& heap : best_) {
      std::sort(heap.begin(), heap.end(), better);
      found_.insert(found_.end(), heap.begin(), heap.end());
      heap = {};
    }
  }

 private:
  const Problem& problem_;
  const Scorer& scorer_;
  std::size_t wanted_;
  std::int64_t first_;
  std::vector<std::vector<ScoredPair>> best_;  // [rows]
  std::vector<double> reach_;                  // [rows]
  std::vector<ScoredPair>& found_;
};

constexpr std::int64_t kAsking = 64, kFewestAsked = 256;
constexpr double kSpent = 1e-3;  // of the pairs

// What the last of the k best of a row leaves for its reach, of some rows. Of a large set some rows
// are asked, and of them as large a share: the best one at least, which is too far where that is
// more than the share, so that the bounds look at more than they need.
std::vector<double> some_reaches(const Problem& problem, const Scorer& scorer, std::int64_t k,
                                 int threads) {
  const std::vector<std::int64_t> rows = sample_rows(problem.a.rows, kAsking, 0.5);
  const auto asked = static_cast<std::int64_t>(kSpent * problem.count()) / kAsking;
  const std::vector<std::int64_t> others =
      sample_rows(problem.b.rows, std::max(kFewestAsked, asked));
  const double share =
      static_cast<double>(k) / static_cast<double>(problem.b.rows - problem.within());
  std::vector<double> reaches(rows.size());
  parallel_for(threads, std::ssize(rows), [&](std::int64_t n, int) {
    const std::int64_t i = rows[static_cast<std::size_t>(n)];
    std::vector<float> scores;
    for (const std::int64_t j : others)
      if (!problem.within() || i != j) scores.push_back(score_of(scorer, i, j));
    const double rank = std::ceil(share * static_cast<double>(scores.size()));
    const auto last = scores.begin() + static_cast<std::ptrdiff_t>(rank) - 1;
    std::nth_element(scores.begin(), last, scores.end(), std::greater<>());
    reaches[static_cast<std::size_t>(n)] = reach(problem.metric, *last, problem.a.cols);
  });
  return reaches;
}

std::vector<ScoredPair> find_nearest(const Problem& problem, std::int64_t k,
                                     const SearchOptions& options, SearchStatistics* statistics) {
  options.validate();
  check_range("k", k, 1, std::numeric_limits<std::int32_t>::max());
  problem.validate(options.threads);
  const std::int64_t others = std::max<std::int64_t>(0, problem.b.rows - problem.within());
  k = std::min(k, others);
  if (k > 0 && problem.a.rows > options.max_pairs / k)
    throw Error("search",
                std::to_string(k) + " neighbours of " + std::to_string(problem.a.rows) +
                    " rows are more than " + std::to_string(options.max_pairs) + " pairs",
                "ask for fewer neighbours or raise the limit of pairs");
  SearchStatistics seen;
  seen.pairs = static_cast<std::int64_t>(problem.count());
  std::vector<ScoredPair> result;
  if (seen.pairs > 0) {
    const Scorer scorer(problem, options.threads);
    result = find_pairs(
        problem, options, [&] { return some_reaches(problem, scorer, k, options.threads); },
        [&](std::int64_t first, std::int64_t count, std::vector<ScoredPair>& found) {
          return NearestSink(problem, scorer, k, first, count, found);
        },
        seen);
  }
  if (statistics != nullptr) *statistics = seen;
  return result;
}

}  // namespace

std::vector<ScoredPair> nearest(Metric metric, ConstMatrixView a, std::int64_t k,
                                const SearchOptions& options, SearchStatistics* statistics) {
  return find_nearest({metric, a, a, Pairs::other}, k, options, statistics);
}

std::vector<ScoredPair> nearest(Metric metric, ConstMatrixView a, ConstMatrixView b, std::int64_t k,
                                const SearchOptions& options, SearchStatistics* statistics) {
  return find_nearest({metric, a, b, Pairs::all}, k, options, statistics);
}

}  // namespace gemel
