#include "train/closure.hpp"

#include <algorithm>
#include <cassert>

#include "core/check.hpp"
#include "core/random.hpp"
#include "core/union_find.hpp"

namespace gemel::train {
namespace {

std::uint64_t key(std::int32_t a, std::int32_t b) {
  const auto [low, high] = std::minmax(a, b);
  return static_cast<std::uint64_t>(low) << 32 | static_cast<std::uint32_t>(high);
}

std::size_t at(std::int32_t row) {
  return static_cast<std::size_t>(row);
}

std::string counted(std::int64_t n, const char* one) {
  return std::to_string(n) + " " + one + (n == 1 ? "" : "s");
}

/// The texts of each group of two or more, groups by their first text.
struct Members {
  std::vector<std::int32_t> texts;  // [texts of groups], ascending in each group
  std::vector<std::size_t> starts;  // [groups + 1]

  explicit Members(const std::vector<std::int32_t>& groups) {
    std::vector<std::size_t> sizes(groups.size()), next(groups.size());
    for (const std::int32_t group : groups) ++sizes[at(group)];
    starts.push_back(0);
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (sizes[i] < 2) continue;
      next[i] = starts.back();
      starts.push_back(starts.back() + sizes[i]);
    }
    texts.resize(starts.back());
    for (std::size_t i = 0; i < groups.size(); ++i)
      if (sizes[at(groups[i])] > 1) texts[next[at(groups[i])]++] = static_cast<std::int32_t>(i);
  }
  std::size_t count() const { return starts.size() - 1; }
  std::span<std::int32_t> of(std::size_t group) {
    return std::span(texts).subspan(starts[group], starts[group + 1] - starts[group]);
  }
};

/// Pairs of one group in circles: its texts in random order stand in a ring, and each is paired
/// with the one a step further, then two steps, and so on, till all have enough.
void add_pairs(std::span<std::int32_t> ring, const std::vector<std::uint64_t>& labelled,
               std::size_t most, Random random, std::vector<ClosurePair>& extra) {
  random.shuffle(ring);
  const std::size_t n = ring.size();
  std::vector<std::size_t> given(n), open(n);  // pairs of each place; places that want more
  for (std::size_t i = 0; i < n; ++i) open[i] = i;
  for (std::size_t step = 1; step <= n / 2 && open.size() > 1; ++step) {
    for (const std::size_t i : open) {
      const std::size_t j = (i + step) % n;
      if (2 * step == n && i > j) continue;  // half the ring: j has met i
      if (given[i] == most || given[j] == most) continue;
      if (std::binary_search(labelled.begin(), labelled.end(), key(ring[i], ring[j]))) continue;
      extra.push_back({std::min(ring[i], ring[j]), std::max(ring[i], ring[j]), 1.0f});
      ++given[i];
      ++given[j];
    }
    std::erase_if(open, [&](std::size_t i) { return given[i] == most; });
  }
}

}  // namespace

void ClosureOptions::validate() const {
  check_range("positive_from", positive_from, -1e30f, 1e30f);
  check_range("extra_per_text", extra_per_text, 0, 1000);
  check_range("examples", examples, 0, 1000);
}

std::string ClosureReport::summary() const {
  return counted(groups, "group") + " of " + counted(texts, "text") + " (largest " +
         std::to_string(largest) + "), " + counted(implied, "pair") + " implied, " +
         std::to_string(extra) + " added, " + counted(conflicts, "conflict") +
         (conflicts ? " in " + counted(conflicting_groups, "group") : "");
}

Closure close_pairs(std::int32_t text_count, std::span<const ClosurePair> pairs,
                    const ClosureOptions& options) {
  options.validate();
  UnionFind sets(text_count);
  Closure closure;
  ClosureReport& report = closure.report;
  for (const ClosurePair& p : pairs) {
    assert(p.a >= 0 && p.a < text_count && p.b >= 0 && p.b < text_count);
    const bool positive = p.label >= options.positive_from;
    if (positive) sets.join(p.a, p.b);
    ++(positive ? report.positives : report.negatives);
  }
  for (std::int32_t row = 0; row < text_count; ++row) closure.groups.push_back(sets.find(row));

  std::vector<std::uint64_t> labelled;            // pairs inside a group
  std::vector<bool> conflicting(at(text_count));  // by the group's first text
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const ClosurePair& p = pairs[i];
    const std::int32_t group = closure.groups[at(p.a)];
    if (group != closure.groups[at(p.b)]) continue;
    if (p.a != p.b) labelled.push_back(key(p.a, p.b));
    if (p.label >= options.positive_from) continue;
    if (report.conflicts++ < options.examples)
      report.examples.push_back({p.a, p.b, static_cast<std::int64_t>(i)});
    if (!conflicting[at(group)]) ++report.conflicting_groups;
    conflicting[at(group)] = true;
  }
  std::sort(labelled.begin(), labelled.end());
  labelled.erase(std::unique(labelled.begin(), labelled.end()), labelled.end());

  Members members(closure.groups);
  report.groups = static_cast<std::int64_t>(members.count());
  report.texts = static_cast<std::int64_t>(members.texts.size());
  report.implied = -static_cast<std::int64_t>(labelled.size());
  for (std::size_t i = 0; i < members.count(); ++i) {
    const std::span<std::int32_t> group = members.of(i);
    const auto size = static_cast<std::int64_t>(group.size());
    report.largest = std::max(report.largest, size);
    report.implied += size * (size - 1) / 2;
    const std::int32_t first = group.front();
    if (options.extra_per_text == 0 || size < 3) continue;
    if (conflicting[at(first)] && !options.extra_from_conflicting) continue;
    add_pairs(group, labelled, static_cast<std::size_t>(options.extra_per_text),
              Random(options.seed ^ splitmix64(static_cast<std::uint64_t>(first))), closure.extra);
  }
  report.extra = static_cast<std::int64_t>(closure.extra.size());
  return closure;
}

}  // namespace gemel::train
