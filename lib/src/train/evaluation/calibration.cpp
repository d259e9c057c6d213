#include "train/evaluation/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <gemel/error.hpp>
#include <limits>

#include "core/check.hpp"
#include "train/evaluation/logarithm_fit.hpp"

namespace gemel::evaluation {
namespace {

double sigmoid(double z) {
  const double e = std::exp(-std::fabs(z));
  return z >= 0 ? 1 / (1 + e) : e / (1 + e);
}
double softplus(double z) {
  return std::max(z, 0.0) + std::log1p(std::exp(-std::fabs(z)));
}

// The log-loss of z = b − w·x over standardised distances x and smoothed targets t.
struct Problem {
  std::vector<double> x, t;  // [N]
  double mean = 0, deviation = 0;

  double loss(double w, double b) const {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double z = b - w * x[i];
      sum += softplus(z) - t[i] * z;
    }
    return sum;
  }
};

Problem standardise(Metric metric, std::span<const Scored> pairs) {
  const auto n = static_cast<double>(pairs.size());
  const auto positives = static_cast<double>(
      std::count_if(pairs.begin(), pairs.end(), [](const Scored& p) { return p.positive(); }));
  Problem problem;
  for (const Scored& p : pairs) {
    problem.x.push_back(distance_from_score(metric, p.score));
    problem.t.push_back(p.positive() ? (positives + 1) / (positives + 2) : 1 / (n - positives + 2));
  }
  for (const double x : problem.x) problem.mean += x / n;
  for (const double x : problem.x) problem.deviation += (x - problem.mean) * (x - problem.mean) / n;
  problem.deviation = std::sqrt(problem.deviation);
  for (double& x : problem.x)
    x = problem.deviation > 0 ? (x - problem.mean) / problem.deviation : 0.0;
  return problem;
}

// Share of the targets as a logit: the best b where w = 0.
double base_rate_logit(const Problem& problem) {
  double sum = 0;
  for (const double t : problem.t) sum += t;
  const double share = sum / static_cast<double>(problem.t.size());
  return std::log(share / (1 - share));
}

// One Newton step with backtracking. @return false where it no longer lowers the loss.
bool newton_step(const Problem& problem, Calibration& c) {
  // The ridge keeps the system solvable where every p is almost 0 or 1.
  double gw = 0, gb = 0, hww = 1e-12, hwb = 0, hbb = 1e-12;
  for (std::size_t i = 0; i < problem.x.size(); ++i) {
    const double x = problem.x[i], p = sigmoid(c.b - c.w * x), slope = p - problem.t[i];
    const double curvature = p * (1 - p);
    gw -= slope * x;
    gb += slope;
    hww += curvature * x * x;
    hwb -= curvature * x;
    hbb += curvature;
  }
  const double determinant = hww * hbb - hwb * hwb;
  const double dw = -(hbb * gw - hwb * gb) / determinant;
  const double db = -(hww * gb - hwb * gw) / determinant;
  const double descent = gw * dw + gb * db;
  if (!(descent < -1e-14)) return false;
  const double before = problem.loss(c.w, c.b);
  for (double step = 1; step > 1e-10; step /= 2) {
    const Calibration next{c.w + step * dw, c.b + step * db};
    if (problem.loss(next.w, next.b) < before + 1e-4 * step * descent) {
      c = next;
      return true;
    }
  }
  return false;
}

Calibration line_of(const Problem& problem) {
  const Calibration flat{0, base_rate_logit(problem)};
  if (problem.deviation == 0) return flat;
  Calibration c = flat;
  for (int i = 0; i < 100 && newton_step(problem, c); ++i) {
  }
  if (!(c.w > 0)) return flat;  // the loss is convex, so the bound w = 0 holds the best allowed fit
  return {c.w / problem.deviation, c.b + c.w * problem.mean / problem.deviation};
}

constexpr std::size_t kManyPairs = 1000;  // enough for a third coefficient

Calibration with_logarithm(const Calibration& line, Problem problem) {
  if (problem.x.size() < kManyPairs) return line;
  for (double& x : problem.x) x = std::max(0.0, x * problem.deviation + problem.mean);
  return fit_logarithm(problem.x, problem.t, line).value_or(line);
}

}  // namespace

Calibration fit_line(Metric metric, std::span<const Scored> pairs) {
  if (pairs.empty()) return {};
  rank_steps(pairs);  // refuses scores that are not finite
  return line_of(standardise(metric, pairs));
}

Calibration fit_calibration(Metric metric, std::span<const Scored> pairs) {
  if (pairs.empty()) return {};
  rank_steps(pairs);
  const Problem problem = standardise(metric, pairs);
  const Calibration line = line_of(problem);
  return line.w > 0 ? with_logarithm(line, problem) : line;
}

std::vector<Forecast> forecast(const Calibration& calibration, Metric metric,
                               std::span<const Scored> pairs) {
  std::vector<Forecast> forecasts;
  forecasts.reserve(pairs.size());
  for (const Scored& p : pairs)
    forecasts.push_back(
        {calibration.probability(distance_from_score(metric, p.score)), p.positive()});
  return forecasts;
}

std::vector<ReliabilityBin> reliability_bins(std::span<const Forecast> forecasts, int bins,
                                             Binning binning) {
  check_range("bins", bins, 1, 1000);
  std::vector<Forecast> sorted(forecasts.begin(), forecasts.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const Forecast& a, const Forecast& b) { return a.probability < b.probability; });
  const auto count = static_cast<std::size_t>(bins);
  std::vector<ReliabilityBin> all;
  for (std::size_t first = 0, k = 0; k < count; ++k) {
    const double edge = static_cast<double>(k + 1) / static_cast<double>(bins);
    std::size_t end = first;
    if (binning == Binning::equal_width) {
      while (end < sorted.size() && (sorted[end].probability < edge || k + 1 == count)) ++end;
    } else {
      end = std::max(first, sorted.size() * (k + 1) / count);
      while (end > first && end < sorted.size() &&
             sorted[end].probability == sorted[end - 1].probability)
        ++end;
    }
    if (end == first) continue;
    ReliabilityBin bin;
    bin.count = static_cast<std::int64_t>(end - first);
    const auto size = static_cast<double>(bin.count);
    bin.low = binning == Binning::equal_width ? edge - 1.0 / bins : sorted[first].probability;
    bin.high = binning == Binning::equal_width ? edge : sorted[end - 1].probability;
    for (; first < end; ++first) {
      bin.mean_probability += sorted[first].probability / size;
      bin.positive_share += sorted[first].positive / size;
    }
    all.push_back(bin);
  }
  return all;
}

double expected_calibration_error(std::span<const ReliabilityBin> bins) {
  double total = 0, sum = 0;
  for (const ReliabilityBin& b : bins) {
    total += static_cast<double>(b.count);
    sum += static_cast<double>(b.count) * std::fabs(b.mean_probability - b.positive_share);
  }
  return total > 0 ? sum / total : std::numeric_limits<double>::quiet_NaN();
}

double log_loss(std::span<const Forecast> forecasts) {
  if (forecasts.empty()) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0;
  for (const Forecast& f : forecasts) {
    const double p = f.positive ? f.probability : 1 - f.probability;
    sum -= std::log(std::max(p, 1e-15));  // one certain mistake must not make the mean infinite
  }
  return sum / static_cast<double>(forecasts.size());
}

double brier_score(std::span<const Forecast> forecasts) {
  if (forecasts.empty()) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0;
  for (const Forecast& f : forecasts) sum += std::pow(f.probability - f.positive, 2);
  return sum / static_cast<double>(forecasts.size());
}

}  // namespace gemel::evaluation
