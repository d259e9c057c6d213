#include "search/points.hpp"

#include <algorithm>
#include <cmath>

#include "core/simd.hpp"
#include "search/filter.hpp"

namespace gemel::search {
namespace {

constexpr std::int64_t kCentreRows = 4096;
constexpr double kSmallest = 1e-20, kLargest = 1e30;  // squared lengths that f32 sums keep
constexpr double kOutlier = 64;                       // times the sample's root mean square length

// In double, eight lanes.
GEMEL_SIMD_CLONES
double squared_length(const float* row, std::int64_t n) {
  constexpr int kLanes = 8;
  double lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int j = 0; j < kLanes; ++j) lanes[j] += double{row[i + j]} * double{row[i + j]};
  for (int j = 0; i < n; ++i, ++j) lanes[j] += double{row[i]} * double{row[i]};
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

template <class Visit>
void visit_sample(ConstMatrixView a, ConstMatrixView b, std::int64_t count, double phase,
                  const Visit& visit) {
  const std::int64_t share = a.rows + b.rows == 0 ? 0 : count * a.rows / (a.rows + b.rows);
  for (const std::int64_t r : sample_rows(a.rows, std::max<std::int64_t>(1, share), phase))
    visit(a.row(r));
  for (const std::int64_t r : sample_rows(b.rows, std::max<std::int64_t>(1, count - share), phase))
    visit(b.row(r));
}

}  // namespace

std::vector<std::int64_t> sample_rows(std::int64_t rows, std::int64_t count, double phase) {
  const std::int64_t n = std::min(rows, count);
  std::vector<std::int64_t> result;
  const double stretch = static_cast<double>(rows) / static_cast<double>(n);
  for (std::int64_t i = 0; i < n; ++i)
    result.push_back(static_cast<std::int64_t>((static_cast<double>(i) + phase) * stretch));
  return result;
}

Points::Points(Metric metric, ConstMatrixView a, ConstMatrixView b)
    : metric_(metric), a_(a), b_(b), centre_(static_cast<std::size_t>(a.cols)) {
  const std::size_t d = centre_.size();
  double squares = 0, rows = 0;
  visit_sample(a_, b_, kCentreRows, 0, [&](const float* row) {
    const double length = squared_length(row, a_.cols);
    if (length > kLargest) return;
    squares += length;
    rows += 1;
  });
  longest_ = rows == 0 ? 0 : kOutlier * std::sqrt(squares / rows);
  std::vector<double> sum(d);
  double used = 0;
  visit_sample(a_, b_, kCentreRows, 0, [&](const float* row) {
    double scale;
    if (!scale_of(row, scale)) return;
    for (std::size_t i = 0; i < d; ++i) sum[i] += scale * row[i];
    used += 1;
  });
  for (std::size_t i = 0; i < d && used != 0; ++i) centre_[i] = static_cast<float>(sum[i] / used);
  const double centre = std::sqrt(squared_length(centre_.data(), a_.cols));
  rounding_ = 0x1p-22 * ((metric == Metric::cosine ? 1 : longest_) + centre);
}

bool Points::scale_of(const float* row, double& scale) const {
  const double length = squared_length(row, a_.cols);
  scale = metric_ == Metric::cosine ? 1 / std::sqrt(length) : 1;
  return metric_ == Metric::cosine ? length >= kSmallest && length <= kLargest
                                   : length <= std::min(kLargest, longest_ * longest_);
}

bool Points::write(const float* row, float* out) const {
  double scale;
  const bool trusted = scale_of(row, scale);
  const float factor = static_cast<float>(scale);
  for (std::int64_t i = 0; i < a_.cols; ++i)
    out[i] = trusted ? row[i] * factor - centre_[static_cast<std::size_t>(i)] : 0.0f;
  return trusted;
}

Points::Sample Points::sample(std::int64_t count, double phase) const {
  Sample result;
  result.cols = a_.cols;
  result.values = AlignedBuffer<float>(static_cast<std::size_t>((count + 1) * a_.cols));
  visit_sample(a_, b_, count, phase, [&](const float* row) {
    result.rows += write(row, result.values.data() + result.rows * a_.cols);
  });
  return result;
}

}  // namespace gemel::search
