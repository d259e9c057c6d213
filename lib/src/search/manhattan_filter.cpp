// A lower bound of the Manhattan distance: that of K chosen coordinates, on a grid of 8-bit codes.
//
// Clamping a coordinate to a range never moves two values apart, and rounding x to the grid point
// x' moves it by |x − x'|; so with the step s, codes c and e = Σ|clamped − s·c| over K coordinates
//   Σ|u − v| >= s · Σ|cu − cv| − e(u) − e(v).
// The coordinates that vary most are looked at first: most pairs are far apart on them alone.
#include "search/manhattan_filter.hpp"

#include <algorithm>
#include <cmath>

#include "core/parallel.hpp"
#include "search/difference_kernel.hpp"
#include "search/manhattan_grid.hpp"

namespace gemel::search {
namespace {

constexpr std::int64_t kRows = 128;   // encoded at a time
constexpr double kFarthest = 0x1p40;  // steps; more than any sum of differences

std::size_t index(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

class ManhattanFilter final : public Filter {
 public:
  ManhattanFilter(const FilterRequest& request, Grid grid, std::int64_t depth,
                  DifferenceKernel kernel)
      : kernel_(kernel),
        grid_(std::move(grid)),
        coordinates_(depth),
        rows_(request.a.rows, (depth + 7) / 8 * 8),
        groups_(request.b.rows, (depth + 7) / 8 * 8) {
    const bool within = request.within;
    encode_all(request.a, request.threads,
               [&](std::int64_t r, const std::uint8_t* code, std::int64_t room) {
                 rows_.set(r, code, room);
                 if (within) groups_.set(r, code, room);
               });
    if (within) return;
    encode_all(request.b, request.threads,
               [&](std::int64_t r, const std::uint8_t* code, std::int64_t room) {
                 groups_.set(r, code, room);
               });
  }

  std::int64_t depth() const override { return coordinates_; }

  void masks(std::int64_t first, std::int64_t count, std::int64_t group, const double* reach,
             Scratch& scratch, std::uint64_t* masks) const override {
    std::int64_t limit[kBlock + kSpareMasks] = {};
    for (std::int64_t r = 0; r < count; ++r) {
      const double steps = std::max(0.0, reach[r]) / grid_.step * (1 + 1e-9) + 1;
      limit[r] =
          static_cast<std::int64_t>(std::min(steps, kFarthest)) + rows_.room[index(first + r)];
    }
    difference_masks(kernel_, rows_, first, count, groups_, group, limit, scratch, masks);
  }

 private:
  template <class Store>
  void encode_all(ConstMatrixView rows, int threads, const Store& store) const {
    parallel_for(threads, (rows.rows + kRows - 1) / kRows, [&](std::int64_t task, int) {
      std::vector<std::uint8_t> code(index(rows_.depth));  // [depth], zeros past the coordinates
      const std::int64_t last = std::min(rows.rows, (task + 1) * kRows);
      for (std::int64_t r = task * kRows; r < last; ++r) {
        const std::int64_t room = encode(rows.row(r), code.data());
        store(r, code.data(), room);
      }
    });
  }

  // @return e in steps, rounded up
  std::int64_t encode(const float* row, std::uint8_t* code) const {
    double error = 0;
    for (std::int64_t k = 0; k < coordinates_; ++k) {
      const std::int64_t from = grid_.order[index(k)];
      const double steps = (double{row[from]} - grid_.centre[index(from)]) / grid_.step + 127.5;
      const double clamped = std::clamp(steps, 0.0, 255.0), rounded = std::nearbyint(clamped);
      error += std::fabs(clamped - rounded);
      code[k] = static_cast<std::uint8_t>(rounded);
    }
    return static_cast<std::int64_t>(error * (1 + 1e-9)) + 1;
  }

  DifferenceKernel kernel_;
  Grid grid_;
  std::int64_t coordinates_;
  ByteRows rows_;
  ByteGroups groups_;
};

// No grid where all rows are equal, or values do not fit its arithmetic.
bool usable(const Grid& grid) {
  return grid.step > 1e-30 && grid.step < 1e30;
}

}  // namespace

std::unique_ptr<Filter> make_manhattan_filter(const FilterRequest& request,
                                              const std::vector<double>& reaches) {
  const std::vector<const float*> rows = sample_for_grid(request);
  Grid grid = make_grid(rows, request.a.cols);
  if (!usable(grid)) return nullptr;
  const DifferenceKernel kernel = best_difference_kernel();
  const std::int64_t depth = choose_grid_depth(request, reaches, grid, rows, cost(kernel));
  if (depth == 0) return nullptr;
  return std::make_unique<ManhattanFilter>(request, std::move(grid), depth, kernel);
}

std::unique_ptr<Filter> make_manhattan_filter(const FilterRequest& request, std::int64_t depth,
                                              DifferenceKernel kernel) {
  Grid grid = make_grid(sample_for_grid(request), request.a.cols);
  if (!usable(grid)) return nullptr;
  return std::make_unique<ManhattanFilter>(request, std::move(grid), depth, kernel);
}

}  // namespace gemel::search
