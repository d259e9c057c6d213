#include "loss/margin.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/check.hpp"
#include "loss/row_distances.hpp"

namespace gemel::loss {
namespace {

constexpr std::array<std::string_view, 4> kKinds = {"constant", "linear", "cosine", "distribution"};

void add(const DistanceStatistics& batch, double& count, double& sum, double& squares) {
  if (batch.count <= 0) return;
  const auto n = static_cast<double>(batch.count);
  count = kMarginDecay * count + n;
  sum = kMarginDecay * sum + n * batch.mean;
  squares =
      kMarginDecay * squares + n * (batch.deviation * batch.deviation + batch.mean * batch.mean);
}

double deviation(double count, double mean, double squares) {
  return std::sqrt(std::max(squares / count - mean * mean, 0.0));
}

}  // namespace

std::string_view name(MarginKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}
MarginKind margin_kind_from_name(std::string_view n) {
  return static_cast<MarginKind>(index_of_name("margin kind", n, kKinds));
}

void MarginOptions::validate(Metric metric) const {
  const double least = 0.001, most = largest_margin(metric);
  check_range("margin", double{start}, least, most);
  if (kind == MarginKind::constant) return;
  const bool bounds = kind == MarginKind::distribution;
  check_range("margin end", double{end}, bounds ? double{start} : least, most);
  if (bounds) check_range("margin scale", double{scale}, 0.1, 10.0);
}

double margin_at(const MarginOptions& options, double share_done) {
  const double s = std::clamp(share_done, 0.0, 1.0), start = double{options.start};
  const double whole = double{options.end} - start;
  switch (options.kind) {
    case MarginKind::linear:
      return start + whole * s;
    case MarginKind::cosine:
      return start + whole * (1 - std::cos(3.14159265358979323846 * s)) / 2;
    case MarginKind::constant:
    case MarginKind::distribution:
      break;
  }
  return start;
}

void MarginState::update(const DistanceStatistics& positives, const DistanceStatistics& negatives) {
  add(positives, positive_count, positive_sum, positive_squares);
  add(negatives, negative_count, negative_sum, negative_squares);
}

double MarginState::current(const MarginOptions& options) const {
  const double least = double{options.start};
  if (!(positive_count > 0) || !(negative_count > 0)) return least;
  const double positive = positive_sum / positive_count, negative = negative_sum / negative_count;
  const double s = deviation(positive_count, positive, positive_squares);
  const double t = deviation(negative_count, negative, negative_squares);
  const double boundary =
      s + t > 0 ? (positive * t + negative * s) / (s + t) : (positive + negative) / 2;
  return std::clamp(double{options.scale} * boundary, least, std::max(least, double{options.end}));
}

}  // namespace gemel::loss
