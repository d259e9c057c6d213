#include "search/manhattan_grid.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gemel::search {
namespace {

constexpr std::int64_t kSampled = 1024;   // rows of each set that the grid comes from
constexpr std::int64_t kCompared = 256;   // of them on each side of the trial
constexpr std::int64_t kUnit = 64;        // coordinates of a step of the trial
constexpr double kClampedShare = 0.0005;  // of the sample's values, on each side

std::size_t index(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

}  // namespace

std::vector<const float*> sample_for_grid(const FilterRequest& request) {
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

// Pairs of sample rows, half against half, coordinate by coordinate in the grid's order.
std::int64_t choose_grid_depth(const FilterRequest& request, const std::vector<double>& reaches,
                               const Grid& grid, const std::vector<const float*>& rows,
                               const Cost& cost) {
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
  double best = decide_cycles(d);
  std::int64_t chosen = 0;
  for (std::size_t step = 0; step < seen.size(); ++step) {
    const std::int64_t depth = std::min(d, static_cast<std::int64_t>(step + 1) * kUnit);
    const double blur = 0.6 * grid.step * static_cast<double>(depth);
    for (double& sum : seen[step]) sum -= blur;
    const double share = share_within(seen[step], reaches);
    const double cycles =
        cost.test + cost.per_unit * static_cast<double>(step + 1) + share * decide_cycles(d);
    if (cycles < best) {
      best = cycles;
      chosen = depth;
    }
  }
  return chosen;
}

}  // namespace gemel::search
