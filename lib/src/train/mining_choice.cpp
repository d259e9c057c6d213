#include "train/mining_choice.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace gemel::train {
namespace {

std::vector<MiningCandidate> allowed(const SamplingOptions& o, const MiningCandidates& c,
                                     MiningReport& report) {
  std::vector<MiningCandidate> left;
  const std::int32_t group = c.groups[static_cast<std::size_t>(c.anchor)];
  const float nearest_allowed = o.relative_margin < 1 && c.positive_distance >= 0
                                    ? (1 - o.relative_margin) * c.positive_distance
                                    : 0;
  for (const MiningCandidate& text : c.texts) {
    if (c.groups[static_cast<std::size_t>(text.row)] == group)
      ++report.same_group;
    else if (text.distance < o.min_distance)
      ++report.too_close;
    else if (o.max_distance > 0 && text.distance > o.max_distance)
      ++report.too_far;
    else if (text.distance < nearest_allowed)
      ++report.relative;
    else
      left.push_back(text);
  }
  return left;
}

// Moves the candidates that the choice prefers to the front.
void prefer(loss::NegativeMiner choice, float positive, std::size_t k, Random& random,
            std::vector<MiningCandidate>& texts) {
  if (texts.empty()) return;
  switch (choice) {
    case loss::NegativeMiner::hardest:
      break;  // closest first already
    case loss::NegativeMiner::random:
      random.shuffle(std::span(texts));
      break;
    case loss::NegativeMiner::semi_hard: {
      const auto beyond = std::find_if(texts.begin(), texts.end(),
                                       [&](const auto& t) { return t.distance > positive; });
      std::reverse(texts.begin(), beyond);
      std::rotate(texts.begin(), beyond, texts.end());
      break;
    }
    case loss::NegativeMiner::distance_weighted: {
      const double low = texts.front().distance, high = texts.back().distance;
      for (std::size_t i = 0; i < std::min(k, texts.size()); ++i) {
        const double aim = random.uniform(low, high);
        const auto closest = std::min_element(
            texts.begin() + static_cast<std::ptrdiff_t>(i), texts.end(), [&](auto& x, auto& y) {
              return std::abs(double{x.distance} - aim) < std::abs(double{y.distance} - aim);
            });
        std::iter_swap(texts.begin() + static_cast<std::ptrdiff_t>(i), closest);
      }
      break;
    }
  }
}

}  // namespace

bool needs_positive(const SamplingOptions& o, loss::NegativeMiner choice) {
  return choice == loss::NegativeMiner::semi_hard || o.relative_margin < 1;
}

std::vector<MiningCandidate> choose_negatives(const SamplingOptions& options,
                                              loss::NegativeMiner choice,
                                              const MiningCandidates& candidates, std::size_t k,
                                              Random& random, MiningReport& report) {
  std::vector<MiningCandidate> left = allowed(options, candidates, report);
  prefer(choice, candidates.positive_distance, k, random, left);
  if (left.size() < k) report.missing += static_cast<std::int64_t>(k - left.size());
  left.resize(std::min(k, left.size()));
  return left;
}

std::string MiningReport::json() const {
  const nlohmann::ordered_json j = {
      {"pairs", pairs},
      {"pool", pool},
      {"negatives", negatives},
      {"same_group", same_group},
      {"too_close", too_close},
      {"too_far", too_far},
      {"relative", relative},
      {"missing", missing},
      {"score_quantiles", {scores.least, scores.low, scores.middle, scores.high, scores.most}},
      {"seconds", seconds}};
  return j.dump();
}

std::string MiningReport::summary() const {
  char text[320];
  std::snprintf(text, sizeof text,
                "mined %lld negatives for %lld pairs from %lld texts in %.0f s; scores %.3f, "
                "median %.3f, highest %.3f; passed over: %lld of the same group, %lld too close, "
                "%lld too far, %lld beside the positive; %lld not found",
                static_cast<long long>(negatives), static_cast<long long>(pairs),
                static_cast<long long>(pool), seconds, double{scores.least}, double{scores.middle},
                double{scores.most}, static_cast<long long>(same_group),
                static_cast<long long>(too_close), static_cast<long long>(too_far),
                static_cast<long long>(relative), static_cast<long long>(missing));
  return text;
}

}  // namespace gemel::train
