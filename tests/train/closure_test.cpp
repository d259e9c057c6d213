#include "train/closure.hpp"

#include <doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/corpora/temporary_file.hpp"

using namespace gemel::train;
using gemel::testing::error_of;

namespace {

using Key = std::pair<std::int32_t, std::int32_t>;

Key key(std::int32_t a, std::int32_t b) {
  return {std::min(a, b), std::max(a, b)};
}

std::vector<Key> keys_of(const std::vector<ClosurePair>& pairs) {
  std::vector<Key> keys;
  for (const ClosurePair& p : pairs) keys.push_back(key(p.a, p.b));
  return keys;
}

struct Case {
  std::int32_t texts;
  std::vector<ClosurePair> pairs;
};

Case random_case(unsigned seed) {
  std::mt19937 random(seed);
  Case c{static_cast<std::int32_t>(1 + random() % 40), {}};
  const auto row = [&] {
    return static_cast<std::int32_t>(random() % static_cast<unsigned>(c.texts));
  };
  for (unsigned i = random() % 60; i > 0; --i)
    c.pairs.push_back({row(), row(), random() % 4 ? 1.0f : 0.0f});
  return c;
}

/// [texts][texts] whether positives join them: Warshall (1962), no union-find.
std::vector<std::vector<bool>> reachable(const Case& c) {
  const auto n = static_cast<std::size_t>(c.texts);
  std::vector<std::vector<bool>> joined(n, std::vector<bool>(n));
  for (std::size_t i = 0; i < n; ++i) joined[i][i] = true;
  for (const ClosurePair& p : c.pairs)
    if (p.label == 1)
      joined[static_cast<std::size_t>(p.a)][static_cast<std::size_t>(p.b)] =
          joined[static_cast<std::size_t>(p.b)][static_cast<std::size_t>(p.a)] = true;
  for (std::size_t k = 0; k < n; ++k)
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        if (joined[i][k] && joined[k][j]) joined[i][j] = true;
  return joined;
}

}  // namespace

TEST_CASE("a chain, a pair, a conflict and a text alone") {
  // 0-1-2-3 is a chain, 4-5 a pair; 1 and 3 were labelled different, and 3 and 4 rightly so.
  const std::vector<ClosurePair> pairs{{1, 0, 1}, {1, 2, 1}, {3, 2, 1},
                                       {3, 1, 0}, {3, 4, 0}, {5, 4, 1}};
  const Closure closure = close_pairs(7, pairs, {});
  CHECK(closure.groups == std::vector<std::int32_t>{0, 0, 0, 0, 4, 4, 6});
  CHECK(closure.extra.empty());
  const ClosureReport& r = closure.report;
  CHECK(r.positives == 4);
  CHECK(r.negatives == 2);
  CHECK(r.groups == 2);
  CHECK(r.texts == 6);
  CHECK(r.largest == 4);
  CHECK(r.implied == 2);  // of 6 + 1 pairs, 5 are labelled
  CHECK(r.conflicts == 1);
  CHECK(r.conflicting_groups == 1);
  REQUIRE(r.examples.size() == 1);
  CHECK(r.examples[0].a == 3);
  CHECK(r.examples[0].b == 1);
  CHECK(r.examples[0].pair == 3);
  CHECK(r.summary() ==
        "2 groups of 6 texts (largest 4), 2 pairs implied, 0 added, 1 conflict in 1 group");

  ClosureOptions options;
  options.extra_per_text = 10;
  CHECK(close_pairs(7, pairs, options).extra.empty());
  options.extra_from_conflicting = true;
  std::vector<Key> extra = keys_of(close_pairs(7, pairs, options).extra);
  std::sort(extra.begin(), extra.end());
  CHECK(extra == std::vector<Key>{{0, 2}, {0, 3}});
}

TEST_CASE("no texts, no pairs, a text labelled different from itself") {
  CHECK(close_pairs(0, {}, {}).report.summary() ==
        "0 groups of 0 texts (largest 0), 0 pairs implied, 0 added, 0 conflicts");
  CHECK(close_pairs(2, {}, {}).groups == std::vector<std::int32_t>{0, 1});
  const Closure closure = close_pairs(1, std::vector<ClosurePair>{{0, 0, 1}, {0, 0, 0}}, {});
  CHECK(closure.report.groups == 0);
  CHECK(closure.report.conflicts == 1);
  CHECK(closure.report.implied == 0);
}

TEST_CASE("graded labels join from the threshold on; examples are bounded, counts are not") {
  std::vector<ClosurePair> pairs{{0, 1, 4}, {1, 2, 3.9f}};
  ClosureOptions options;
  options.positive_from = 4;
  CHECK(close_pairs(3, pairs, options).groups == std::vector<std::int32_t>{0, 0, 2});
  for (int i = 0; i < 30; ++i) pairs.push_back({1, 0, 1});
  const Closure closure = close_pairs(3, pairs, options);
  CHECK(closure.report.conflicts == 30);
  CHECK(closure.report.examples.size() == 10);
  CHECK(closure.report.conflicting_groups == 1);
}

TEST_CASE("groups, conflicts and extra pairs against the reachability of random labels") {
  std::size_t made = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    const Case c = random_case(seed);
    const auto joined = reachable(c);
    const auto are_joined = [&](std::int32_t a, std::int32_t b) {
      return bool{joined[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)]};
    };
    ClosureOptions options;
    options.extra_per_text = static_cast<int>(seed % 4);
    options.extra_from_conflicting = seed % 2;
    options.seed = seed;
    const Closure closure = close_pairs(c.texts, c.pairs, options);

    std::set<Key> labelled;
    std::set<std::int32_t> bad;
    std::int64_t conflicts = 0, implied = 0;
    for (const ClosurePair& p : c.pairs) {
      labelled.insert(key(p.a, p.b));
      if (p.label == 1 || !are_joined(p.a, p.b)) continue;
      ++conflicts;
      bad.insert(closure.groups[static_cast<std::size_t>(p.a)]);
    }
    for (std::int32_t a = 0; a < c.texts; ++a)
      for (std::int32_t b = a; b < c.texts; ++b) {
        const auto group = [&](std::int32_t i) {
          return closure.groups[static_cast<std::size_t>(i)];
        };
        REQUIRE((group(a) == group(b)) == are_joined(a, b));
        implied += a != b && are_joined(a, b) && !labelled.count({a, b});
      }
    CHECK(closure.report.conflicts == conflicts);
    CHECK(closure.report.conflicting_groups == static_cast<std::int64_t>(bad.size()));
    CHECK(closure.report.implied == implied);
    CHECK(closure.report.extra == static_cast<std::int64_t>(closure.extra.size()));

    std::set<Key> seen;
    std::map<std::int32_t, int> uses;
    for (const ClosurePair& p : closure.extra) {
      REQUIRE(p.a < p.b);
      REQUIRE(p.label == 1);
      REQUIRE(are_joined(p.a, p.b));
      REQUIRE(!labelled.count({p.a, p.b}));
      REQUIRE(seen.insert({p.a, p.b}).second);
      REQUIRE(std::max(++uses[p.a], ++uses[p.b]) <= options.extra_per_text);
      if (!options.extra_from_conflicting)
        REQUIRE(!bad.count(closure.groups[static_cast<std::size_t>(p.a)]));
    }
    made += closure.extra.size();
    if (!options.extra_from_conflicting) continue;
    // Nothing more could be added: of each pair left out, one text has enough.
    for (std::int32_t a = 0; a < c.texts; ++a)
      for (std::int32_t b = a + 1; b < c.texts; ++b)
        if (are_joined(a, b) && !labelled.count({a, b}) && !seen.count({a, b}))
          REQUIRE(std::max(uses[a], uses[b]) == options.extra_per_text);
  }
  CHECK(made > 1000);
}

TEST_CASE("extra pairs: all where the bound allows, else chosen by the seed alone") {
  std::vector<ClosurePair> chain;
  for (std::int32_t i = 0; i < 49; ++i) chain.push_back({i, i + 1, 1});
  ClosureOptions options;
  options.extra_per_text = 1000;
  CHECK(close_pairs(50, chain, options).report.extra == 50 * 49 / 2 - 49);
  options.extra_per_text = 2;
  const auto extra = keys_of(close_pairs(50, chain, options).extra);
  CHECK(extra.size() > 40);
  CHECK(extra.size() <= 50);
  CHECK(keys_of(close_pairs(50, chain, options).extra) == extra);
  options.seed = 2;
  CHECK(keys_of(close_pairs(50, chain, options).extra) != extra);
  // What is drawn in one group does not depend on what else there is.
  options.seed = 1;
  chain.push_back({50, 51, 1});
  CHECK(keys_of(close_pairs(60, chain, options).extra) == extra);
}

TEST_CASE("a group of 200,000 texts takes no quadratic time") {
  std::vector<ClosurePair> star;
  for (std::int32_t i = 1; i < 200000; ++i) star.push_back({0, i, 1});
  ClosureOptions options;
  options.extra_per_text = 1;
  const Closure closure = close_pairs(200000, star, options);
  CHECK(closure.report.implied == std::int64_t{200000} * 199999 / 2 - 199999);
  CHECK(closure.report.extra > 60000);
}

TEST_CASE("closure options out of range") {
  const auto message = [](auto change) {
    ClosureOptions options;
    change(options);
    return error_of("!", [&] { close_pairs(0, {}, options); });
  };
  CHECK(message([](auto& o) { o.extra_per_text = -1; }) ==
        "extra_per_text: is -1; allowed is 0 to 1000");
  CHECK(message([](auto& o) { o.examples = 1001; }) == "examples: is 1001; allowed is 0 to 1000");
  CHECK(message([](auto& o) { o.positive_from = std::stof("nan"); }) ==
        "positive_from: is nan; allowed is -1e+30 to 1e+30");
}
