#include "loss/negatives.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <optional>
#include <utility>

#include "core/check.hpp"
#include "loss/negative_candidates.hpp"

namespace gemel::loss {
namespace {

constexpr std::array<std::string_view, 4> kMiners = {"hardest", "random", "semi-hard",
                                                     "distance-weighted"};
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// A pair under way; its distance in whatever unit the miner works in.
struct Chosen {
  std::int32_t a, b;  // a < b
  float d;
  std::pair<std::int32_t, std::int32_t> rows() const { return {a, b}; }
};
Chosen ordered(std::int32_t a, std::int32_t b, float d) {
  return a < b ? Chosen{a, b, d} : Chosen{b, a, d};
}

std::vector<Pair> to_pairs(std::vector<Chosen>& chosen, float weight) {
  std::sort(chosen.begin(), chosen.end(),
            [](const Chosen& x, const Chosen& y) { return x.rows() < y.rows(); });
  const auto same = [](const Chosen& x, const Chosen& y) { return x.rows() == y.rows(); };
  chosen.erase(std::unique(chosen.begin(), chosen.end(), same), chosen.end());
  std::vector<Pair> pairs;
  pairs.reserve(chosen.size());
  for (const Chosen& c : chosen) pairs.push_back({c.a, c.b, 0.0f, weight});
  return pairs;
}

// Whether a and b may become a pair, by what is known of them; counts.
bool unknown(const Known& known, std::int32_t a, std::int32_t b, NegativeReport& report) {
  ++report.candidates;
  if (known.same_group(a, b))
    ++report.same_group;
  else if (known.labelled(a, b))
    ++report.labelled;
  else
    return true;
  return false;
}

PositiveRange positive_range(const Known& known, std::int32_t a, const float* distances) {
  PositiveRange range{kInfinity, -kInfinity};
  for (std::int32_t b = 0; b < known.rows(); ++b)
    if (known.positive(a, b)) {
      range.closest = std::min(range.closest, distances[b]);
      range.farthest = std::max(range.farthest, distances[b]);
    }
  return range;
}

bool nothing_to_do(const NegativeOptions& options, std::span<const std::int32_t> group) {
  return options.per_text == 0 || group.size() < 2;
}

// Every miner but random: from the distances of all rows.
std::vector<Pair> mine(NegativeMiner miner, const NegativeOptions& options,
                       ConstMatrixView embeddings, std::span<const std::int32_t> group,
                       std::span<const Pair> labelled, Random& random, NegativeReport* report) {
  assert(static_cast<std::int64_t>(group.size()) == embeddings.rows);
  if (nothing_to_do(options, group)) return {};
  NegativeReport unread;
  NegativeReport& counts = report ? *report : unread;
  const Known known(group, labelled);
  const std::vector<float> distances =
      all_distances(ranking_metric(options.metric), embeddings);  // [N, N]
  const Guards guards(options, true);
  std::optional<DistanceHistogram> histogram;
  if (miner == NegativeMiner::distance_weighted) histogram.emplace(distances, known);

  std::vector<Chosen> chosen;
  std::vector<Candidate> candidates;
  for (std::int32_t a = 0; a < known.rows(); ++a) {
    const float* row = distances.data() + static_cast<std::ptrdiff_t>(a) * known.rows();  // [N]
    const PositiveRange positives = positive_range(known, a, row);
    const float bound = guards.near_bound(positives.closest);
    candidates.clear();
    for (std::int32_t b = 0; b < known.rows(); ++b)
      if (a != b && unknown(known, a, b, counts) && guards.pass(row[b], bound, counts))
        candidates.push_back({row[b], b});
    choose(miner, static_cast<std::size_t>(options.per_text), positives.farthest,
           histogram ? &*histogram : nullptr, random, candidates);
    for (const Candidate& c : candidates) chosen.push_back(ordered(a, c.row, c.d));
  }
  std::vector<Pair> pairs = to_pairs(chosen, options.weight);
  if (report)
    for (const Chosen& c : chosen)
      report->scores.push_back(
          score_from_distance(options.metric, distance_from_ranking(options.metric, c.d)));
  return pairs;
}

}  // namespace

std::string_view name(NegativeMiner miner) {
  return kMiners[static_cast<std::size_t>(miner)];
}
NegativeMiner negative_miner_from_name(std::string_view n) {
  return static_cast<NegativeMiner>(index_of_name("negatives", n, kMiners));
}

void NegativeOptions::validate() const {
  check_range("negatives per_text", per_text, 0, 1024);
  check_range("negatives weight", double{weight}, 0.0, 1000.0);
  check_range("negatives min_distance", double{min_distance}, 0.0, 1e6);
  check_range("negatives max_distance", double{max_distance}, 0.0, 1e6);
  if (max_distance > 0) check_range("negatives max_distance", max_distance, min_distance, 1e6f);
  check_range("negatives relative_margin", double{relative_margin}, 0.0, 1.0);
}

std::vector<Pair> mine_negatives(NegativeMiner miner, const NegativeOptions& options,
                                 ConstMatrixView embeddings, std::span<const std::int32_t> group,
                                 std::span<const Pair> labelled, Random& random,
                                 NegativeReport* report) {
  if (miner == NegativeMiner::random)
    return random_negatives(options, embeddings, group, labelled, random, report);
  return mine(miner, options, embeddings, group, labelled, random, report);
}

std::vector<Pair> hardest_negatives(const NegativeOptions& options, ConstMatrixView embeddings,
                                    std::span<const std::int32_t> group,
                                    std::span<const Pair> labelled, NegativeReport* report) {
  Random unused;
  return mine(NegativeMiner::hardest, options, embeddings, group, labelled, unused, report);
}

std::vector<Pair> random_negatives(const NegativeOptions& options, ConstMatrixView embeddings,
                                   std::span<const std::int32_t> group,
                                   std::span<const Pair> labelled, Random& random,
                                   NegativeReport* report) {
  assert(static_cast<std::int64_t>(group.size()) == embeddings.rows);
  if (nothing_to_do(options, group)) return {};
  NegativeReport unread;
  NegativeReport& counts = report ? *report : unread;
  const auto wanted = static_cast<std::size_t>(options.per_text);
  const Known known(group, labelled);
  const Guards guards(options, false);
  const bool measured = report || guards.active();
  const auto between = [&](std::int32_t a, std::int32_t b) {
    return distance(options.metric, embeddings.row(a), embeddings.row(b), embeddings.cols);
  };
  std::vector<Chosen> chosen;
  std::vector<std::int32_t> candidates;
  for (std::int32_t a = 0; a < known.rows(); ++a) {
    candidates.clear();
    float closest = kInfinity;  // of the positives
    for (std::int32_t b = 0; b < known.rows(); ++b) {
      if (a == b) continue;
      if (options.relative_margin < 1 && known.positive(a, b))
        closest = std::min(closest, between(a, b));
      if (unknown(known, a, b, counts)) candidates.push_back(b);
    }
    const float bound = guards.near_bound(closest);
    // The front of a Fisher and Yates shuffle, a text at a time until enough pass.
    std::size_t taken = 0;
    for (std::size_t i = 0; i < candidates.size() && taken < wanted; ++i) {
      std::swap(candidates[i], candidates[i + random.below(candidates.size() - i)]);
      const std::int32_t b = candidates[i];
      const float d = measured ? between(a, b) : 0;
      if (measured && !guards.pass(d, bound, counts)) continue;
      chosen.push_back(ordered(a, b, d));
      ++taken;
    }
  }
  std::vector<Pair> pairs = to_pairs(chosen, options.weight);
  if (report)
    for (const Chosen& c : chosen)
      report->scores.push_back(score_from_distance(options.metric, c.d));
  return pairs;
}

}  // namespace gemel::loss
