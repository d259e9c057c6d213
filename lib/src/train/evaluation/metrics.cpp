#include "train/evaluation/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gemel::evaluation {
namespace {

double ratio(double numerator, double denominator) {
  return denominator == 0 ? std::numeric_limits<double>::quiet_NaN() : numerator / denominator;
}
double ratio(std::int64_t numerator, std::int64_t denominator) {
  return ratio(static_cast<double>(numerator), static_cast<double>(denominator));
}

double pearson_of(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  double mean_x = 0, mean_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean_x += x[i] / n;
    mean_y += y[i] / n;
  }
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mean_x) * (y[i] - mean_y);
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
  }
  return std::clamp(ratio(xy, std::sqrt(xx) * std::sqrt(yy)), -1.0, 1.0);
}

bool constant(const std::vector<double>& x) {
  return std::all_of(x.begin(), x.end(), [&](double e) { return e == x.front(); });
}

// Ranks from 1, equal values sharing the average of theirs.
std::vector<double> ranks(const std::vector<double>& x) {
  std::vector<std::size_t> order(x.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
  std::vector<double> rank(x.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first;
    while (end < order.size() && x[order[end]] == x[order[first]]) ++end;
    const double shared = (static_cast<double>(first + 1) + static_cast<double>(end)) / 2;
    for (; first < end; ++first) rank[order[first]] = shared;
  }
  return rank;
}

struct Columns {
  std::vector<double> score, label;
};
Columns columns(std::span<const Scored> pairs) {
  Columns c;
  for (const Scored& p : pairs) {
    c.score.push_back(p.score);
    c.label.push_back(p.label);
  }
  return c;
}

}  // namespace

std::int64_t Confusion::count() const {
  return true_positives + false_positives + true_negatives + false_negatives;
}
double Confusion::accuracy() const {
  return ratio(true_positives + true_negatives, count());
}
double Confusion::precision() const {
  return ratio(true_positives, true_positives + false_positives);
}
double Confusion::recall() const {
  return ratio(true_positives, true_positives + false_negatives);
}
double Confusion::f1() const {
  return ratio(2 * true_positives, 2 * true_positives + false_positives + false_negatives);
}
double Confusion::mcc() const {
  const auto tp = static_cast<double>(true_positives), fp = static_cast<double>(false_positives);
  const auto tn = static_cast<double>(true_negatives), fn = static_cast<double>(false_negatives);
  return ratio(tp * tn - fp * fn,
               std::sqrt((tp + fp) * (tp + fn)) * std::sqrt((tn + fp) * (tn + fn)));
}

Confusion confusion_at(std::span<const Scored> pairs, float threshold) {
  Confusion c;
  for (const Scored& p : pairs) {
    if (p.score >= threshold)
      ++(p.positive() ? c.true_positives : c.false_positives);
    else
      ++(p.positive() ? c.false_negatives : c.true_negatives);
  }
  return c;
}

double average_precision(std::span<const Scored> pairs) {
  const std::vector<RankStep> steps = rank_steps(pairs);
  const std::int64_t positives = steps.empty() ? 0 : steps.back().true_positives;
  double sum = 0;
  std::int64_t before = 0;
  for (const RankStep& s : steps) {
    sum += static_cast<double>(s.true_positives - before) *
           ratio(s.true_positives, s.true_positives + s.false_positives);
    before = s.true_positives;
  }
  return ratio(sum, static_cast<double>(positives));
}

double roc_auc(std::span<const Scored> pairs) {
  const std::vector<RankStep> steps = rank_steps(pairs);
  double wins = 0;  // pairs of a positive above a negative, ties ½
  RankStep before;
  for (const RankStep& s : steps) {
    const auto negatives = static_cast<double>(s.false_positives - before.false_positives);
    wins += negatives * static_cast<double>(s.true_positives + before.true_positives) / 2;
    before = s;
  }
  return ratio(wins, static_cast<double>(before.true_positives) *
                         static_cast<double>(before.false_positives));
}

double pearson(std::span<const Scored> pairs) {
  const Columns c = columns(pairs);
  // Rounding can leave a constant column a variance that is not quite 0.
  if (pairs.size() < 2 || constant(c.score) || constant(c.label))
    return std::numeric_limits<double>::quiet_NaN();
  return pearson_of(c.score, c.label);
}

double spearman(std::span<const Scored> pairs) {
  const Columns c = columns(pairs);
  if (pairs.size() < 2 || constant(c.score) || constant(c.label))
    return std::numeric_limits<double>::quiet_NaN();
  return pearson_of(ranks(c.score), ranks(c.label));
}

std::vector<CurvePoint> precision_recall_curve(std::span<const Scored> pairs, std::size_t limit) {
  const std::vector<RankStep> steps = rank_steps(pairs);
  if (steps.empty() || steps.back().true_positives == 0) return {};
  const std::size_t count = std::min(limit, steps.size());
  std::vector<CurvePoint> curve;
  for (std::size_t i = 0; i < count; ++i) {
    // The last point is the last step, the others lie evenly before it.
    const RankStep& s = steps[count == 1 ? steps.size() - 1 : i * (steps.size() - 1) / (count - 1)];
    curve.push_back({ratio(s.true_positives, steps.back().true_positives),
                     ratio(s.true_positives, s.true_positives + s.false_positives), s.score});
  }
  return curve;
}

}  // namespace gemel::evaluation
