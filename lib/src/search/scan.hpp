#pragma once
#include <algorithm>
#include <atomic>
#include <bit>
#include <gemel/error.hpp>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "core/parallel.hpp"
#include "search/filter.hpp"
#include "search/neighbours.hpp"

namespace gemel::search {

/// Which pairs of rows a search has to decide.
enum class Pairs {
  upper,  ///< i < j of one set
  other,  ///< i != j of one set, both ways
  all     ///< every i of one set with every j of another
};

struct Problem {
  Metric metric;
  ConstMatrixView a, b;  // [N, D] and [M, D]; the same within one set
  Pairs pairs;
  bool within() const { return pairs != Pairs::all; }
  double count() const;  ///< pairs to decide
  /// Throws Error unless shapes, sizes and every value will do.
  void validate(int threads) const;
};

/// distance() as a score, with the squared lengths of cosine computed once a row.
class Scorer {
 public:
  Scorer(const Problem&, int threads);
  /// The very bits of score_from_distance(metric, distance(metric, row i, row j)).
  float operator()(std::int64_t i, std::int64_t j) const;

 private:
  const Problem& problem_;
  std::vector<float> squares_a_, squares_b_;  // [N], [M]; empty but for cosine
};

/// Tells share done, one caller at a time, never going back.
class ProgressReport {
 public:
  ProgressReport(const SearchOptions& options, double total) : options_(options), total_(total) {}
  void add(double pairs);

 private:
  const SearchOptions& options_;
  double total_, done_ = 0;
  std::mutex mutex_;
};

constexpr std::int64_t block_rows(std::int64_t rows, int threads) {
  return std::clamp<std::int64_t>(rows / (8 * threads), kGroup, kBlock) / kGroup * kGroup;
}

/// Runs over all pairs in blocks of rows i, one task each, and in groups of 64 rows j. The sink of
/// a task, make_sink(task, first, count), has
///   std::span<const double> reach()   [count], asked for before each group
///   void consider(i, j)               for each pair that is not ruled out, j ascending for each i
///   void end_group()                  and finish() at the end of the task
/// @return candidates considered
template <class MakeSink>
std::int64_t scan(const Problem& problem, const Filter& filter, const SearchOptions& options,
                  const MakeSink& make_sink) {
  const std::int64_t rows = problem.a.rows, block = block_rows(rows, options.threads);
  std::vector<Scratch> scratch(static_cast<std::size_t>(options.threads));
  std::atomic<std::int64_t> candidates{0};
  ProgressReport progress(options, problem.count());
  parallel_for(options.threads, (rows + block - 1) / block, [&](std::int64_t task, int worker) {
    const std::int64_t first = task * block, count = std::min(block, rows - first);
    const std::int64_t first_group = problem.pairs == Pairs::upper ? first / kGroup : 0;
    std::uint64_t masks[kBlock + kSpareMasks];
    auto sink = make_sink(task, first, count);
    std::int64_t considered = 0;
    for (std::int64_t g = first_group; g < groups_of(problem.b.rows); ++g) {
      if (options.stop != nullptr && *options.stop) throw Interrupted();
      filter.masks(first, count, g, sink.reach().data(), scratch[static_cast<std::size_t>(worker)],
                   masks);
      for (std::int64_t r = 0; r < count; ++r)
        for (std::uint64_t bits = masks[r]; bits != 0; bits &= bits - 1) {
          const std::int64_t i = first + r, j = g * kGroup + std::countr_zero(bits);
          if (j >= problem.b.rows) break;
          if (problem.pairs == Pairs::upper ? j <= i : problem.pairs == Pairs::other && j == i)
            continue;
          sink.consider(i, j);
          ++considered;
        }
      sink.end_group();
    }
    sink.finish();
    candidates += considered;
    const double upper = static_cast<double>(problem.b.rows - first) - 0.5 * double(count + 1);
    progress.add(double(count) *
                 (problem.pairs == Pairs::upper ? upper : static_cast<double>(problem.b.rows)));
  });
  return candidates;
}

/// Joins the tasks' results in order; empties them.
std::vector<ScoredPair> join(std::vector<std::vector<ScoredPair>>& parts);

/// What all sinks find, task by task, behind the filter that promises the shortest search.
/// @param reaches    as FilterRequest::reaches
/// @param make_sink  (first, count, found) → a sink as above that adds to `found`
template <class Reaches, class MakeSink>
std::vector<ScoredPair> find_pairs(const Problem& problem, const SearchOptions& options,
                                   const Reaches& reaches, const MakeSink& make_sink,
                                   SearchStatistics& seen) {
  const std::unique_ptr<Filter> filter = make_filter({.metric = problem.metric,
                                                      .a = problem.a,
                                                      .b = problem.b,
                                                      .within = problem.within(),
                                                      .pairs = problem.count(),
                                                      .threads = options.threads,
                                                      .reaches = reaches});
  const std::int64_t block = block_rows(problem.a.rows, options.threads);
  std::vector<std::vector<ScoredPair>> parts(
      static_cast<std::size_t>((problem.a.rows + block - 1) / block));
  seen.candidates = scan(problem, *filter, options,
                         [&](std::int64_t task, std::int64_t first, std::int64_t count) {
                           return make_sink(first, count, parts[static_cast<std::size_t>(task)]);
                         });
  seen.depth = filter->depth();
  return join(parts);
}

}  // namespace gemel::search
