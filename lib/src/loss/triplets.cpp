#include "loss/triplets.hpp"

#include <cassert>
#include <optional>
#include <utility>

#include "loss/negative_candidates.hpp"

namespace gemel::loss {
namespace {

// One call under way: triplets of one anchor and positive after the other.
class TripletMaker {
 public:
  TripletMaker(NegativeMiner miner, const NegativeOptions& options, ConstMatrixView embeddings,
               const Known& known, Random& random, NegativeReport* report)
      : miner_(miner),
        options_(options),
        known_(known),
        guards_(options, true),
        distances_(all_distances(ranking_metric(options.metric), embeddings)),
        random_(random),
        report_(report) {
    if (miner == NegativeMiner::distance_weighted) histogram_.emplace(distances_, known);
  }

  void add(std::int32_t anchor, std::int32_t positive, float weight) {
    const float* row = distances_.data() +
                       static_cast<std::ptrdiff_t>(anchor) * known_.rows();  // [N], of the anchor
    const float bound = guards_.near_bound(row[positive]);
    NegativeReport unread;
    NegativeReport& counts = report_ ? *report_ : unread;
    candidates_.clear();
    for (std::int32_t n = 0; n < known_.rows(); ++n)
      if (n != anchor && n != positive && allowed(anchor, positive, n, row[n], bound, counts))
        candidates_.push_back({row[n], n});
    choose(miner_, static_cast<std::size_t>(options_.per_text), row[positive],
           histogram_ ? &*histogram_ : nullptr, random_, candidates_);
    for (const Candidate& c : candidates_) {
      triplets_.push_back({anchor, positive, c.row, weight * options_.weight});
      if (report_)
        report_->scores.push_back(
            score_from_distance(options_.metric, distance_from_ranking(options_.metric, c.d)));
    }
  }

  std::vector<Triplet> take() { return std::move(triplets_); }

 private:
  bool allowed(std::int32_t anchor, std::int32_t positive, std::int32_t n, float d, float bound,
               NegativeReport& counts) const {
    ++counts.candidates;
    if (known_.same_group(anchor, n) || known_.same_group(positive, n)) {
      ++counts.same_group;
      return false;
    }
    if (known_.labelled_same(anchor, n)) {
      ++counts.labelled;
      return false;
    }
    return known_.labelled(anchor, n) || guards_.pass(d, bound, counts);
  }

  NegativeMiner miner_;
  const NegativeOptions& options_;
  const Known& known_;
  Guards guards_;
  std::vector<float> distances_;  // [N, N], in the ranking metric's unit
  std::optional<DistanceHistogram> histogram_;
  Random& random_;
  NegativeReport* report_;
  std::vector<Candidate> candidates_;
  std::vector<Triplet> triplets_;
};

}  // namespace

std::vector<Triplet> make_triplets(NegativeMiner miner, const NegativeOptions& options,
                                   ConstMatrixView embeddings, std::span<const std::int32_t> group,
                                   std::span<const Pair> labelled, bool both_sides, Random& random,
                                   NegativeReport* report) {
  assert(static_cast<std::int64_t>(group.size()) == embeddings.rows);
  if (options.per_text == 0 || labelled.empty()) return {};
  const Known known(group, labelled);
  TripletMaker maker(miner, options, embeddings, known, random, report);
  for (const Pair& p : labelled) {
    if (p.label < 0.5f || !(p.weight > 0) || p.a == p.b) continue;
    maker.add(p.a, p.b, p.weight);
    if (both_sides) maker.add(p.b, p.a, p.weight);
  }
  return maker.take();
}

}  // namespace gemel::loss
