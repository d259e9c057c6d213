#include "search/euclidean_filter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "search/matrix_product.hpp"

namespace gemel::search {
namespace {

constexpr std::array<std::int64_t, 7> kDepths = {64, 128, 192, 256, 320, 384, 512};
constexpr std::int64_t kSampled = 1024;  // points that the directions come from
constexpr std::int64_t kCompared = 256;  // of them on each side of the trial
constexpr double kQuantisation = 0.012;  // of |u||v|, what 8-bit codes blur at most, roughly

// Pairs of an even and an odd sample point: what is known of each after some coordinates.
class Trial {
 public:
  Trial(ConstMatrixView points, ConstMatrixView projections)
      : points_(points), projections_(projections), side_(std::min(kCompared, points.rows / 2)) {
    dots_.resize(static_cast<std::size_t>(side_ * side_));
    for (std::int64_t r = 0; r < 2 * side_; ++r)
      squares_.push_back(inner_product(points.row(row(r)), points.row(row(r)), points.cols));
    rests_ = squares_;
  }
  double pairs() const { return static_cast<double>(dots_.size()); }

  /// Moves on from `from` to `to` coordinates of the projections.
  void look(std::int64_t from, std::int64_t to) {
    for (std::int64_t r = 0; r < 2 * side_; ++r) {
      const float* y = projections_.row(row(r)) + from;
      double& rest = rests_[static_cast<std::size_t>(r)];
      rest = std::max(0.0, rest - inner_product(y, y, to - from));
    }
    visit([&](std::int64_t i, std::int64_t j, double& dot) {
      dot += inner_product(projections_.row(row(i)) + from, projections_.row(row(j)) + from,
                           to - from);
    });
  }
  void look_at_all() {
    visit([&](std::int64_t i, std::int64_t j, double& dot) {
      dot = inner_product(points_.row(row(i)), points_.row(row(j)), points_.cols);
    });
    std::fill(rests_.begin(), rests_.end(), 0.0);
  }
  /// Half the squared distance that the bound cannot exceed, for every pair.
  std::vector<double> bounds(double blur) {
    std::vector<double> result;
    result.reserve(dots_.size());
    visit([&](std::int64_t i, std::int64_t j, double& dot) {
      const std::size_t u = static_cast<std::size_t>(i), v = static_cast<std::size_t>(j);
      result.push_back((squares_[u] + squares_[v]) / 2 * (1 - blur) - dot -
                       std::sqrt(rests_[u] * rests_[v]));
    });
    return result;
  }

 private:
  // The even points come first, then the odd ones.
  std::int64_t row(std::int64_t r) const { return r < side_ ? 2 * r : 2 * (r - side_) + 1; }
  template <class Visit>
  void visit(const Visit& visit_pair) {
    for (std::int64_t i = 0; i < side_; ++i)
      for (std::int64_t j = 0; j < side_; ++j)
        visit_pair(i, side_ + j, dots_[static_cast<std::size_t>(i * side_ + j)]);
  }

  ConstMatrixView points_, projections_;
  std::int64_t side_;
  std::vector<double> dots_;             // [side, side]
  std::vector<double> squares_, rests_;  // [2 * side]
};

}  // namespace

DepthChoice choose_depth(const FilterRequest& request, const std::vector<double>& reaches,
                         ConstMatrixView sample, ConstMatrixView projections, CodeKernel kernel) {
  const std::int64_t d = sample.cols;
  const Cost price = cost(kernel);
  const double nothing = request.pairs * decide_cycles(d);
  if (sample.rows < 2) return {0, nothing};
  const double rows = static_cast<double>(request.a.rows + (request.within ? 0 : request.b.rows));
  Trial trial(sample, projections);
  trial.look_at_all();
  const auto cycles = [&](double depth, double share, double encoding) {
    return request.pairs * (price.test + price.per_unit * depth / 64 + share * decide_cycles(d)) +
           rows * static_cast<double>(d) * encoding;
  };
  const double whole =
      cycles(static_cast<double>(d), share_within(trial.bounds(kQuantisation), reaches), 4);
  DepthChoice best = whole < nothing ? DepthChoice{d, whole} : DepthChoice{0, nothing};
  Trial growing(sample, projections);
  std::int64_t seen = 0;
  for (const std::int64_t depth : kDepths) {
    if (depth > projections.cols || depth >= d) break;
    growing.look(seen, depth);
    seen = depth;
    const double share = share_within(growing.bounds(kQuantisation), reaches);
    const double total =
        cycles(static_cast<double>(depth), share, 4 + static_cast<double>(depth) / 12);
    if (total < best.cycles) best = {depth, total};
  }
  return best;
}

std::unique_ptr<Filter> make_euclidean_filter(const FilterRequest& request,
                                              const std::vector<double>& reaches) {
  const Points points(request.metric, request.a, request.b);
  const Points::Sample sample = points.sample(kSampled, 0);
  // Other rows: the directions fit their own sample better than they fit the rest.
  const Points::Sample trial = points.sample(2 * kCompared, 0.25);
  const CodeKernel kernel = best_code_kernel();
  // More directions cost more to find than few rows can repay.
  const std::int64_t most = std::min<std::int64_t>(request.pairs > 1e9 ? 512 : 256, sample.rows);
  std::int64_t count = 0;
  for (const std::int64_t depth : kDepths)
    if (depth <= most && depth < request.a.cols) count = depth;
  if (count == 0) {
    const DepthChoice choice = choose_depth(request, reaches, trial.view(), {}, kernel);
    if (choice.depth == 0) return nullptr;
    return make_code_filter(request, points, nullptr, choice.depth, kernel);
  }
  const Directions directions = principal_directions(sample.view(), count, request.threads);
  AlignedBuffer<float> projected(static_cast<std::size_t>(trial.rows * count));
  const MatrixView y(projected.data(), trial.rows, count);
  const AlignedBuffer<float> columns = directions.columns(count);
  multiply(trial.view(), {columns.data(), trial.cols, count}, y, request.threads);
  const DepthChoice choice = choose_depth(request, reaches, trial.view(), y, kernel);
  if (choice.depth == 0) return nullptr;
  const bool whole = choice.depth == request.a.cols;
  return make_code_filter(request, points, whole ? nullptr : &directions, choice.depth, kernel);
}

}  // namespace gemel::search
