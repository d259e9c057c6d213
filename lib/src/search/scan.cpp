#include "search/scan.hpp"

#include <cmath>
#include <limits>

#include "core/check.hpp"
#include "core/simd.hpp"

namespace gemel::search {
namespace {

constexpr std::int64_t kRows = 1024;  // a task of the passes over all rows

// Zero times a value is zero unless the value is infinite or not a number.
GEMEL_SIMD_CLONES
bool all_finite(const float* row, std::int64_t n) {
  constexpr int kLanes = 16;
  float lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int j = 0; j < kLanes; ++j) lanes[j] += row[i + j] * 0.0f;
  for (int j = 0; i < n; ++i, ++j) lanes[j] += row[i] * 0.0f;
  float sum = 0;
  for (const float lane : lanes) sum += lane;
  return sum == 0.0f;
}

template <class Visit>
void for_each_row(ConstMatrixView m, int threads, const Visit& visit) {
  parallel_for(threads, (m.rows + kRows - 1) / kRows, [&](std::int64_t task, int) {
    for (std::int64_t r = task * kRows; r < std::min(m.rows, (task + 1) * kRows); ++r) visit(r);
  });
}

void check_values(ConstMatrixView m, const char* set, int threads) {
  if (m.rows > std::numeric_limits<std::int32_t>::max())
    throw Error(set, "has " + std::to_string(m.rows) + " rows", "2147483647 is the most");
  for_each_row(m, threads, [&](std::int64_t r) {
    if (!all_finite(m.row(r), m.cols))
      throw Error(set, "row " + std::to_string(r) + " holds a value that is not finite");
  });
}

}  // namespace

double Problem::count() const {
  const double n = static_cast<double>(a.rows), m = static_cast<double>(b.rows);
  switch (pairs) {
    case Pairs::upper:
      return n * (n - 1) / 2;
    case Pairs::other:
      return n * (n - 1);
    case Pairs::all:
      break;
  }
  return n * m;
}

void Problem::validate(int threads) const {
  if (a.cols != b.cols)
    throw Error("second set", "has vectors of " + std::to_string(b.cols) + " floats",
                "the first set's have " + std::to_string(a.cols));
  check_values(a, within() ? "vectors" : "first set", threads);
  if (!within()) check_values(b, "second set", threads);
}

Scorer::Scorer(const Problem& problem, int threads) : problem_(problem) {
  if (problem.metric != Metric::cosine) return;
  const auto squares = [threads](ConstMatrixView m) {
    std::vector<float> result(static_cast<std::size_t>(m.rows));
    for_each_row(m, threads, [&](std::int64_t r) {
      result[static_cast<std::size_t>(r)] = inner_product(m.row(r), m.row(r), m.cols);
    });
    return result;
  };
  squares_a_ = squares(problem.a);
  squares_b_ = problem.within() ? squares_a_ : squares(problem.b);
}

float Scorer::operator()(std::int64_t i, std::int64_t j) const {
  const float* u = problem_.a.row(i);
  const float* v = problem_.b.row(j);
  const std::int64_t n = problem_.a.cols;
  const Metric metric = problem_.metric;
  if (metric != Metric::cosine) return score_from_distance(metric, distance(metric, u, v, n));
  return score_from_distance(
      metric, cosine_distance(inner_product(u, v, n), squares_a_[static_cast<std::size_t>(i)],
                              squares_b_[static_cast<std::size_t>(j)]));
}

void ProgressReport::add(double pairs) {
  if (!options_.progress) return;
  const std::lock_guard lock(mutex_);
  done_ += pairs;
  options_.progress(total_ > 0 ? std::min(1.0, done_ / total_) : 1.0);
}

std::vector<ScoredPair> join(std::vector<std::vector<ScoredPair>>& parts) {
  std::size_t total = 0;
  for (const auto& part : parts) total += part.size();
  std::vector<ScoredPair> all;
  all.reserve(total);
  for (auto& part : parts) {
    all.insert(all.end(), part.begin(), part.end());
    part = {};
  }
  return all;
}

}  // namespace gemel::search

namespace gemel {

void SearchOptions::validate() const {
  check_range("threads", threads, 1, 1024);
  check_range("max_pairs", max_pairs, std::int64_t{1}, std::numeric_limits<std::int64_t>::max());
}

}  // namespace gemel
