#include "apps/duplicate_search.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <gemel/error.hpp>
#include <limits>

#include "apps/bundle_files.hpp"
#include "apps/terminal.hpp"
#include "core/parallel.hpp"

namespace gemel::app {
namespace {

constexpr std::size_t kBlock = 1 << 20;  // pairs the head judges between two looks at the status

VerdictThreshold choose_candidates(const CommandLine& line, const Bundle& bundle, Metric metric) {
  if (const auto given = line.find<float>("candidates")) return {*given, "--candidates"};
  if (!bundle.head_verdict)
    throw Error("candidates", "the model's pair head was measured on no pairs",
                "say with --candidates which score is worth its second look");
  if (metric != bundle.metric)
    throw UsageError("the score of the pair head's candidates is for " +
                     std::string(name(bundle.metric)) + "; give --candidates for " +
                     std::string(name(metric)));
  return {bundle.head_verdict->candidates,
          "99 % of the head's duplicates on " + bundle.head_verdict->found_on};
}

void check_candidates(const CommandLine& line, const Embedder& embedder) {
  const auto candidates = line.find<float>("candidates");
  if (!candidates) return;
  if (!std::isfinite(*candidates)) throw UsageError("--candidates must be a finite number");
  for (const char* option : {"no-head", "top"})
    if (line.given(option))
      throw UsageError("give one of --candidates and --" + std::string(option));
  if (const std::string option = score_threshold_option(line); !option.empty())
    throw UsageError("give one of --candidates and --" + option);
  if (!embedder.has_head())
    throw Error("candidates", "the model has no pair head",
                "train one with --head-size and --loss bce,head, or give --threshold");
}

std::vector<ScoredPair> search(const SearchPlan& plan, const Corpus& a, const Corpus* b) {
  StatusLine status;
  SearchOptions options;
  options.threads = plan.threads;
  options.max_pairs = plan.max_pairs;
  options.progress = [&](double share) {
    status.show("searching " + std::to_string(static_cast<int>(share * 100)) + " %");
  };
  const float least = plan.threshold.score;
  if (!plan.top)
    return b ? neighbours_above(plan.metric, a.matrix(), b->matrix(), least, options)
             : neighbours_above(plan.metric, a.matrix(), least, options);
  auto pairs = b ? nearest(plan.metric, a.matrix(), b->matrix(), *plan.top, options)
                 : nearest(plan.metric, a.matrix(), *plan.top, options);
  if (plan.top_above_threshold)
    std::erase_if(pairs, [&](const ScoredPair& p) { return p.score < least; });
  return pairs;
}

// Block by block; those that fall short make room for later ones.
void ask_head(const SearchPlan& plan, const Embedder& embedder, const Corpus& a, const Corpus& b,
              FoundPairs& found) {
  StatusLine status;
  const bool all = plan.top && !plan.top_by_head;
  std::vector<std::pair<std::int32_t, std::int32_t>> places;
  std::vector<float> probabilities(std::min(kBlock, found.pairs.size()));
  const std::vector<std::string_view> texts = a.distinct_texts();
  std::vector<std::string_view> others;
  const EmbeddedTexts first{texts, a.matrix(), a.tower};
  EmbeddedTexts second = first;
  if (&a != &b) {
    others = b.distinct_texts();
    second = {others, b.matrix(), b.tower};
  }
  std::size_t kept = 0;
  found.judged = true;
  found.candidates = static_cast<std::int64_t>(found.pairs.size());
  for (std::size_t begin = 0; begin < found.pairs.size(); begin += kBlock) {
    const std::size_t count = std::min(kBlock, found.pairs.size() - begin);
    places.clear();
    for (std::size_t p = begin; p < begin + count; ++p)
      places.emplace_back(found.pairs[p].i, found.pairs[p].j);
    embedder.head_probabilities(first, second, places, {probabilities.data(), count}, plan.threads);
    for (std::size_t p = 0; p < count; ++p) {
      if (!all && !(probabilities[p] >= plan.head.threshold)) continue;
      found.pairs[kept++] = found.pairs[begin + p];
      found.head.push_back(probabilities[p]);
    }
    status.show("pair head: " + std::to_string(begin + count) + " of " +
                counted(found.candidates, "candidate"));
  }
  found.pairs.resize(kept);
}

}  // namespace

float FoundPairs::head_of(std::int32_t a, std::int32_t b) const {
  const std::pair<std::int32_t, std::int32_t> place = std::minmax(a, b);
  const auto at = std::lower_bound(
      pairs.begin(), pairs.end(), place,
      [](const ScoredPair& p, const auto& wanted) { return std::pair(p.i, p.j) < wanted; });
  if (head.empty() || at == pairs.end() || at->i != place.first || at->j != place.second)
    return std::numeric_limits<float>::quiet_NaN();
  return head[static_cast<std::size_t>(at - pairs.begin())];
}

void add_candidates_option(po::options_description& group) {
  group.add_options()("candidates", po::value<float>(),
                      "score from which on a model's pair head takes a second look; default: the "
                      "model's own");
}

SearchPlan plan_search(const CommandLine& line, const Embedder& embedder, Metric metric) {
  SearchPlan plan;
  plan.metric = metric;
  plan.top = line.find<std::int64_t>("top");
  plan.threads = line.get<int>("threads") > 0 ? line.get<int>("threads") : available_cores();
  plan.max_pairs = line.get<std::int64_t>("max-pairs");
  check_candidates(line, embedder);
  plan.head = choose_head(line, embedder);
  plan.top_above_threshold = line.has("threshold");
  plan.top_by_head = line.has("head-threshold");
  if (plan.head.used && !plan.top)
    plan.threshold = choose_candidates(line, embedder.bundle(), metric);
  else if (!plan.top || plan.top_above_threshold)
    plan.threshold = choose_threshold(line, embedder.bundle(), metric);
  return plan;
}

FoundPairs search_duplicates(const SearchPlan& plan, const Embedder& embedder, const Corpus& a,
                             const Corpus* b) {
  FoundPairs found;
  found.pairs = search(plan, a, b);
  if (plan.head.used) ask_head(plan, embedder, a, b ? *b : a, found);
  return found;
}

std::string describe_search(const SearchPlan& plan, const FoundPairs& found) {
  char number[32];
  std::string text;
  if (!plan.threshold.origin.empty()) {
    std::snprintf(number, sizeof number, " %.4f", static_cast<double>(plan.threshold.score));
    text = (plan.head.used && !plan.top ? "candidates: " : "threshold: ") +
           std::string(name(plan.metric)) + number + " (" + plan.threshold.origin + ")";
  }
  if (!found.judged) return text;
  text +=
      (text.empty() ? "" : "; ") + ("pair head asked about " + counted(found.candidates, "pair"));
  if (plan.top && !plan.top_by_head) return text;
  std::snprintf(number, sizeof number, "%.4f", static_cast<double>(plan.head.threshold));
  return text + ", kept " + std::to_string(found.pairs.size()) + " with " + number + " or more (" +
         plan.head.origin + ")";
}

}  // namespace gemel::app
