#include "loss/negative_candidates.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gemel::loss {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::size_t kBins = 32;
constexpr double kSparse = 8;  // a bin counts as holding an eighth of the even share at least

void keep(std::size_t wanted, std::vector<Candidate>& candidates) {
  if (wanted < candidates.size()) candidates.resize(wanted);
}

void choose_closest(std::size_t wanted, std::vector<Candidate>& candidates) {
  const std::size_t n = std::min(wanted, candidates.size());
  std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(n),
                    candidates.end());
  keep(n, candidates);
}

void choose_semi_hard(std::size_t wanted, float beyond, std::vector<Candidate>& candidates) {
  std::sort(candidates.begin(), candidates.end());
  std::stable_partition(candidates.begin(), candidates.end(),
                        [&](const Candidate& c) { return c.d > beyond; });
  keep(wanted, candidates);
}

void choose_random(std::size_t wanted, Random& random, std::vector<Candidate>& candidates) {
  // The front of a Fisher and Yates shuffle.
  for (std::size_t i = 0; i < wanted && i < candidates.size(); ++i)
    std::swap(candidates[i], candidates[i + random.below(candidates.size() - i)]);
  keep(wanted, candidates);
}

void choose_weighted(std::size_t wanted, const DistanceHistogram& histogram, Random& random,
                     std::vector<Candidate>& candidates) {
  std::vector<double> weights;  // [candidates]
  double total = 0;
  for (const Candidate& c : candidates) total += weights.emplace_back(histogram.weight(c.d));
  for (std::size_t i = 0; i < wanted && i < candidates.size(); ++i) {
    double rest = random.uniform() * total;
    std::size_t at = i;
    while (at + 1 < candidates.size() && rest >= weights[at]) rest -= weights[at++];
    total -= weights[at];
    std::swap(candidates[i], candidates[at]);
    std::swap(weights[i], weights[at]);
  }
  keep(wanted, candidates);
}

}  // namespace

float ranking_from_distance(Metric metric, float d) {
  if (metric != Metric::exp_manhattan) return d;
  return d < 1 ? -std::log1p(-d) : kInfinity;
}

float distance_from_ranking(Metric metric, float r) {
  return metric == Metric::exp_manhattan ? -std::expm1(-r) : r;
}

Known::Known(std::span<const std::int32_t> group, std::span<const Pair> labelled)
    : group_(group), labels_(group.size() * group.size()) {
  for (const Pair& p : labelled)
    for (const std::size_t i : {index(p.a, p.b), index(p.b, p.a)})
      labels_[i] = std::max(labels_[i], p.label >= 0.5f ? kSame : kOther);
}

Guards::Guards(const NegativeOptions& options, bool ranking)
    : minimum_(options.min_distance),
      maximum_(options.max_distance > 0 ? options.max_distance : kInfinity),
      share_(1 - options.relative_margin),
      unit_(ranking ? options.metric : ranking_metric(options.metric)) {
  minimum_ = ranking_from_distance(unit_, minimum_);
  maximum_ = ranking_from_distance(unit_, maximum_);
}

float Guards::near_bound(float closest_positive) const {
  if (!(share_ > 0) || closest_positive == kInfinity) return 0;
  return ranking_from_distance(unit_, share_ * distance_from_ranking(unit_, closest_positive));
}

bool Guards::pass(float d, float near_bound, NegativeReport& report) const {
  if (!(d >= minimum_))
    ++report.too_close;
  else if (d < near_bound)
    ++report.near_positive;
  else if (d > maximum_)
    ++report.too_far;
  else
    return true;
  return false;
}

bool Guards::active() const {
  return minimum_ > 0 || maximum_ < kInfinity || share_ > 0;
}

DistanceHistogram::DistanceHistogram(const std::vector<float>& distances, const Known& known)
    : least_(kInfinity), most_(-kInfinity), counts_(kBins) {
  const std::int32_t n = known.rows();
  const auto each = [&](const auto& use) {
    for (std::int32_t a = 0; a < n; ++a)
      for (std::int32_t b = 0; b < a; ++b)
        if (!known.same_group(a, b))
          use(distances[static_cast<std::size_t>(a) * static_cast<std::size_t>(n) +
                        static_cast<std::size_t>(b)]);
  };
  each([&](float d) {
    least_ = std::min(least_, d);
    most_ = std::max(most_, d);
  });
  each([&](float d) {
    ++counts_[bin(d)];
    ++total_;
  });
}

std::size_t DistanceHistogram::bin(float distance) const {
  const double width = double{most_} - double{least_};
  if (!(width > 0)) return 0;
  const double at = (double{distance} - double{least_}) / width * double{kBins};
  return static_cast<std::size_t>(std::clamp(at, 0.0, double{kBins} - 1));
}

double DistanceHistogram::weight(float distance) const {
  return 1 / std::max({counts_[bin(distance)], total_ / (kSparse * double{kBins}), 1e-300});
}

void choose(NegativeMiner miner, std::size_t wanted, float beyond,
            const DistanceHistogram* histogram, Random& random,
            std::vector<Candidate>& candidates) {
  switch (miner) {
    case NegativeMiner::hardest:
      return choose_closest(wanted, candidates);
    case NegativeMiner::semi_hard:
      return choose_semi_hard(wanted, beyond, candidates);
    case NegativeMiner::random:
      return choose_random(wanted, random, candidates);
    case NegativeMiner::distance_weighted:
      return choose_weighted(wanted, *histogram, random, candidates);
  }
}

}  // namespace gemel::loss
