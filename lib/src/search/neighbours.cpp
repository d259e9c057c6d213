#include "search/neighbours.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "search/reach.hpp"
#include "search/scan.hpp"

namespace gemel {
namespace {

using namespace search;

// Pairs that one task found, with the count that all tasks share.
class AboveSink {
 public:
  AboveSink(const Scorer& scorer, float min_score, double reach, std::int64_t rows,
            std::int64_t most, std::atomic<std::int64_t>& total, std::vector<ScoredPair>& found)
      : scorer_(scorer),
        min_score_(min_score),
        reach_(static_cast<std::size_t>(rows), reach),
        most_(most),
        total_(total),
        found_(found) {}
  std::span<const double> reach() const { return reach_; }
  void consider(std::int64_t i, std::int64_t j) {
    const float score = scorer_(i, j);
    if (score >= min_score_)
      found_.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(j), score});
  }
  void end_group() {
    const std::int64_t added = static_cast<std::int64_t>(found_.size()) - counted_;
    counted_ += added;
    if (added == 0 || total_.fetch_add(added) + added <= most_) return;
    std::ostringstream what;
    what << "more than " << most_ << " pairs score " << min_score_ << " or more";
    throw Error("search", what.str(), "raise the threshold or the limit of pairs");
  }
  void finish() {
    std::sort(found_.begin(), found_.end(), [](const ScoredPair& x, const ScoredPair& y) {
      return x.i != y.i ? x.i < y.i : x.j < y.j;
    });
  }

 private:
  const Scorer& scorer_;
  float min_score_;
  std::vector<double> reach_;  // [rows]
  std::int64_t most_, counted_ = 0;
  std::atomic<std::int64_t>& total_;
  std::vector<ScoredPair>& found_;
};

std::vector<ScoredPair> find_above(const Problem& problem, float min_score,
                                   const SearchOptions& options, SearchStatistics* statistics) {
  options.validate();
  if (std::isnan(min_score)) throw Error("min_score", "is not a number");
  problem.validate(options.threads);
  const double limit = reach(problem.metric, min_score, problem.a.cols);
  SearchStatistics seen;
  seen.pairs = static_cast<std::int64_t>(problem.count());
  std::vector<ScoredPair> result;
  if (seen.pairs > 0 && limit >= 0) {
    const Scorer scorer(problem, options.threads);
    std::atomic<std::int64_t> total{0};
    result = find_pairs(
        problem, options, [&] { return std::vector{limit}; },
        [&](std::int64_t, std::int64_t count, std::vector<ScoredPair>& found) {
          return AboveSink(scorer, min_score, limit, count, options.max_pairs, total, found);
        },
        seen);
  }
  if (statistics != nullptr) *statistics = seen;
  return result;
}

}  // namespace

std::vector<ScoredPair> neighbours_above(Metric metric, ConstMatrixView a, float min_score,
                                         const SearchOptions& options,
                                         SearchStatistics* statistics) {
  return find_above({metric, a, a, Pairs::upper}, min_score, options, statistics);
}

std::vector<ScoredPair> neighbours_above(Metric metric, ConstMatrixView a, ConstMatrixView b,
                                         float min_score, const SearchOptions& options,
                                         SearchStatistics* statistics) {
  return find_above({metric, a, b, Pairs::all}, min_score, options, statistics);
}

}  // namespace gemel
