// A lower bound of the Manhattan distance: that of K chosen coordinates, on a grid of 8-bit codes.
//
// Clamping a coordinate to a range never moves two values apart, and rounding x to the grid point
// x' moves it by |x − x'|; so with the step s, codes c and e = Σ|clamped − s·c| over K coordinates
//   Σ|u − v| >= s · Σ|cu − cv| − e(u) − e(v).
// The coordinates that vary most are looked at first: most pairs are far apart on them alone.
#include "search/manhattan_filter.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/parallel.hpp"
#include "core/simd.hpp"

namespace gemel::search {
namespace {

constexpr std::int64_t kRows = 128;       // encoded at a time
constexpr std::int64_t kSampled = 1024;   // rows of each set that the grid comes from
constexpr std::int64_t kCompared = 256;   // of them on each side of the trial
constexpr std::int64_t kUnit = 64;        // coordinates of a step of the trial
constexpr double kClampedShare = 0.0005;  // of the sample's values, on each side
constexpr Cost kCost = {6, 2.5};

std::size_t index(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

// Bit j set where Σ|u − row j| <= limit + room[j], for 64 rows [64, depth].
GEMEL_SIMD_CLONES
std::uint64_t group_bits(const std::uint8_t* u, const std::uint8_t* rows, std::int64_t depth,
                         float limit, const float* room) {
  std::uint64_t bits = 0;
  for (std::int64_t j = 0; j < kGroup; ++j) {
    const std::uint8_t* v = rows + j * depth;
    std::int32_t sum = 0;
    for (std::int64_t i = 0; i < depth; ++i) sum += std::abs(int{u[i]} - int{v[i]});
    bits |= std::uint64_t{!(static_cast<float>(sum) > limit + room[j])} << j;
  }
  return bits;
}

// Which coordinates are looked at, in which order, and the grid their values are put on.
struct Grid {
  std::vector<std::int64_t> order;  // [D], the ones that vary most first
  std::vector<float> centre;        // [D], by coordinate
  double step = 0;
};

std::vector<const float*> sampled(const FilterRequest& request) {
  std::vector<const float*> rows;
  for (const std::int64_t r : sample_rows(request.a.rows, kSampled))
    rows.push_back(request.a.row(r));
  if (!request.within)
    for (const std::int64_t r : sample_rows(request.b.rows, kSampled))
      rows.push_back(request.b.row(r));
  return rows;
}

Grid make_grid(const std::vector<const float*>& rows, std::int64_t dimension) {
  Grid grid;
  std::vector<double> spread(index(dimension));
  grid.centre.resize(index(dimension));
  for (std::int64_t k = 0; k < dimension; ++k) {
    double sum = 0;
    for (const float* row : rows) sum += row[k];
    const double mean = sum / static_cast<double>(rows.size());
    grid.centre[index(k)] = static_cast<float>(mean);
    for (const float* row : rows) spread[index(k)] += std::fabs(row[k] - mean);
  }
  grid.order.resize(index(dimension));
  std::iota(grid.order.begin(), grid.order.end(), 0);
  std::stable_sort(grid.order.begin(), grid.order.end(), [&](std::int64_t x, std::int64_t y) {
    return spread[index(x)] > spread[index(y)];
  });
  std::vector<float> sizes;
  for (const float* row : rows)
    for (std::int64_t k = 0; k < dimension; ++k)
      sizes.push_back(std::fabs(row[k] - grid.centre[index(k)]));
  const std::size_t clamped = static_cast<std::size_t>(2 * kClampedShare * double(sizes.size()));
  const auto at = sizes.end() - 1 - static_cast<std::ptrdiff_t>(clamped);
  std::nth_element(sizes.begin(), at, sizes.end());
  grid.step = 2 * double{*at} / 255;
  return grid;
}

class ManhattanFilter final : public Filter {
 public:
  ManhattanFilter(const FilterRequest& request, Grid grid, std::int64_t depth)
      : grid_(std::move(grid)),
        coordinates_(depth),
        depth_((depth + kUnit - 1) / kUnit * kUnit),
        a_(encode_all(request.a, request.threads)),
        b_(request.within ? Codes{} : encode_all(request.b, request.threads)),
        right_(request.within ? a_ : b_) {}

  std::int64_t depth() const override { return coordinates_; }

  void masks(std::int64_t first, std::int64_t count, std::int64_t group, const double* reach,
             Scratch&, std::uint64_t* masks) const override {
    const std::uint8_t* rows = right_.codes.data() + group * kGroup * depth_;
    const float* room = right_.room.data() + group * kGroup;
    for (std::int64_t r = 0; r < count; ++r) {
      const double limit = std::max(0.0, reach[r]) / grid_.step * (1 + 1e-6);
      masks[r] = group_bits(a_.codes.data() + (first + r) * depth_, rows, depth_,
                            static_cast<float>(limit) + a_.room[index(first + r)], room);
    }
  }

 private:
  struct Codes {
    AlignedBuffer<std::uint8_t> codes;  // [groups * 64, depth]
    AlignedBuffer<float> room;          // [groups * 64], e in steps, rounded up
  };

  Codes encode_all(ConstMatrixView rows, int threads) const {
    Codes result;
    const std::int64_t padded = groups_of(rows.rows) * kGroup;
    result.codes = AlignedBuffer<std::uint8_t>(index(padded * depth_));
    result.room = AlignedBuffer<float>(index(padded));
    parallel_for(threads, (rows.rows + kRows - 1) / kRows, [&](std::int64_t task, int) {
      const std::int64_t last = std::min(rows.rows, (task + 1) * kRows);
      for (std::int64_t r = task * kRows; r < last; ++r)
        result.room[index(r)] = encode(rows.row(r), result.codes.data() + r * depth_);
    });
    return result;
  }

  // @return e in steps, with room for the rounding of this and of the test
  float encode(const float* row, std::uint8_t* code) const {
    double error = 0;
    for (std::int64_t k = 0; k < coordinates_; ++k) {
      const std::int64_t from = grid_.order[index(k)];
      const double steps = (double{row[from]} - grid_.centre[index(from)]) / grid_.step + 127.5;
      const double clamped = std::clamp(steps, 0.0, 255.0), rounded = std::nearbyint(clamped);
      error += std::fabs(clamped - rounded);
      code[k] = static_cast<std::uint8_t>(rounded);
    }
    const double size = 255.0 * static_cast<double>(coordinates_);  // of any sum of differences
    return static_cast<float>(error * (1 + 1e-6) + size * 1e-6);
  }

  Grid grid_;
  std::int64_t coordinates_, depth_;
  Codes a_, b_;
  const Codes& right_;
};

// Pairs of sample rows, half against half, coordinate by coordinate in the grid's order.
std::int64_t choose_depth(const FilterRequest& request, const Grid& grid,
                          const std::vector<const float*>& rows) {
  const std::int64_t d = request.a.cols;
  const std::size_t side = std::min(index(kCompared), rows.size() / 2);
  if (side == 0) return 0;
  const std::size_t apart = rows.size() / side;  // takes 2 · side rows evenly
  std::vector<double> sums(side * side);
  const auto look = [&](std::int64_t from, std::int64_t to) {
    for (std::size_t i = 0; i < side; ++i)
      for (std::size_t j = 0; j < side; ++j) {
        const float* u = rows[i * apart];
        const float* v = rows[j * apart + apart / 2];
        float sum = 0;
        for (std::int64_t k = from; k < to; ++k) {
          const std::int64_t at = grid.order[index(k)];
          sum += std::fabs(u[at] - v[at]);
        }
        sums[i * side + j] += double{sum};
      }
  };
  std::vector<std::vector<double>> seen;
  for (std::int64_t k = 0; k < d; k += kUnit) {
    look(k, std::min(d, k + kUnit));
    seen.push_back(sums);
  }
  double reach = request.reach;
  if (reach < 0) {
    const double share = request.neighbours / static_cast<double>(request.b.rows);
    const std::size_t rank =
        std::min(sums.size() - 1, static_cast<std::size_t>(share * double(sums.size())));
    std::nth_element(sums.begin(), sums.begin() + static_cast<std::ptrdiff_t>(rank), sums.end());
    reach = sums[rank];
  }
  double best = decide_cycles(d);
  std::int64_t chosen = 0;
  for (std::size_t step = 0; step < seen.size(); ++step) {
    const std::int64_t depth = std::min(d, static_cast<std::int64_t>(step + 1) * kUnit);
    const double blur = 0.6 * grid.step * static_cast<double>(depth);
    const auto within = std::count_if(seen[step].begin(), seen[step].end(),
                                      [&](double sum) { return sum <= reach + blur; });
    const double share = static_cast<double>(within) / static_cast<double>(sums.size());
    const double cycles =
        kCost.test + kCost.per_unit * static_cast<double>(step + 1) + share * decide_cycles(d);
    if (cycles < best) {
      best = cycles;
      chosen = depth;
    }
  }
  return chosen;
}

}  // namespace

std::unique_ptr<Filter> make_manhattan_filter(const FilterRequest& request) {
  const std::vector<const float*> rows = sampled(request);
  Grid grid = make_grid(rows, request.a.cols);
  if (!(grid.step > 1e-30 && grid.step < 1e30)) return nullptr;
  const std::int64_t depth = choose_depth(request, grid, rows);
  if (depth == 0) return nullptr;
  return std::make_unique<ManhattanFilter>(request, std::move(grid), depth);
}

std::unique_ptr<Filter> make_manhattan_filter(const FilterRequest& request, std::int64_t depth) {
  Grid grid = make_grid(sampled(request), request.a.cols);
  if (!(grid.step > 1e-30 && grid.step < 1e30)) return nullptr;
  return std::make_unique<ManhattanFilter>(request, std::move(grid), depth);
}

}  // namespace gemel::search
