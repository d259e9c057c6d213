#include "loss/in_batch_loss.hpp"

#include <doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "fixture.hpp"

using namespace gemel;
using namespace gemel::loss;
using fixture::kMetrics;
using Rows = std::vector<std::int32_t>;
using Positives = std::vector<InBatchPositive>;

namespace {

struct Batch {
  Positives positives;
  Rows extra, group;
};

struct Outcome {
  InBatchLossResult result;
  std::vector<float> gradient;  // [N, D]
};

Outcome run(const InBatchLossOptions& options, const std::vector<float>& x, std::size_t width,
            const Batch& b) {
  Outcome o;
  o.gradient.resize(x.size());
  o.result = in_batch_loss(options, fixture::view(x, width), b.positives, b.extra, b.group,
                           fixture::view(o.gradient, width));
  return o;
}

// One query's columns by the definition: sets of rows, and what is known to say the same.
std::set<std::int32_t> rivals(const Batch& b, std::int32_t q, std::int32_t t, bool reversed) {
  std::set<std::int32_t> rows(b.extra.begin(), b.extra.end());
  for (const InBatchPositive& p : b.positives) rows.insert(reversed ? p.a : p.b);
  const auto group = [&](std::int32_t r) { return b.group[static_cast<std::size_t>(r)]; };
  std::erase_if(rows, [&](std::int32_t r) {
    return r == t || group(r) == group(q) || group(r) == group(t) ||
           std::any_of(b.positives.begin(), b.positives.end(), [&](const InBatchPositive& p) {
             return (p.a == q && p.b == r) || (p.b == q && p.a == r);
           });
  });
  return rows;
}

double score(Metric m, const oracle::Vector& x, std::size_t width, std::int32_t i, std::int32_t j) {
  const double d =
      i == j ? 0 : oracle::distance(m, fixture::row(x, width, i), fixture::row(x, width, j));
  return m == Metric::cosine || m == Metric::exp_manhattan ? 1 - d : -d;
}

double oracle_loss(const InBatchLossOptions& options, const oracle::Vector& x, std::size_t width,
                   const Batch& b) {
  double sum = 0, weight = 0;
  for (const bool reversed : {false, true}) {
    if (reversed && !options.symmetric) continue;
    for (const InBatchPositive& p : b.positives) {
      const std::int32_t q = reversed ? p.b : p.a, t = reversed ? p.a : p.b;
      const double z = score(options.metric, x, width, q, t) / double{options.temperature};
      double total = 1;  // in units of exp z(target)
      for (const std::int32_t c : rivals(b, q, t, reversed))
        total += std::exp(score(options.metric, x, width, q, c) / double{options.temperature} - z);
      sum += double{p.weight} * std::log(total);
      weight += double{p.weight};
    }
  }
  return sum / weight;
}

InBatchLossOptions with(Metric m, float temperature, bool symmetric, int block_rows = 128) {
  return {m, temperature, symmetric, block_rows};
}

// Three positives of their own groups, one group of two positives, a second target for row 0, two
// extras of which one is in a positive's group.
Batch mixed() {
  return {{{0, 1, 1}, {2, 3, 0.5f}, {4, 5, 2}, {6, 7, 1}, {8, 9, 1}, {0, 10, 1}},
          {11, 12, 5, 11},
          {0, 0, 1, 1, 2, 2, 3, 3, 3, 3, 6, 7, 1}};
}

}  // namespace

TEST_CASE("hand-worked batch of two pairs") {
  // Cosines: 0→1 is 0.6, 0→3 is 0.8; 2→1 is 0.8, 2→3 is 0.6. Temperature 1.
  const std::vector<float> x = {1, 0, 3, 4, 0, 2, 4, 3};
  const Batch b = {{{0, 1}, {2, 3}}, {}, {0, 0, 1, 1}};
  const double expected = std::log(1 + std::exp(0.2));
  for (const bool symmetric : {false, true}) {
    const Outcome o = run(with(Metric::cosine, 1, symmetric), x, 2, b);
    CHECK(o.result.loss == doctest::Approx(expected).epsilon(1e-6));
    CHECK(o.result.queries == (symmetric ? 4 : 2));
    CHECK(o.result.columns == 2);
    CHECK(o.result.masked == 0);
    CHECK(o.result.accuracy == 0);
    CHECK(o.result.weight == 2);
  }
  // The weights decide: only the second pair, whose texts are now the closest to one another.
  const std::vector<float> y = {1, 0, 3, 4, 0, 2, 0, 1};
  const Outcome o =
      run(with(Metric::cosine, 0.5f, false), y, 2, {{{0, 1, 0}, {2, 3, 4}}, {}, {0, 0, 1, 1}});
  CHECK(o.result.loss == doctest::Approx(std::log(1 + std::exp((0.8 - 1) / 0.5))).epsilon(1e-6));
  CHECK(o.result.accuracy == 1);  // 0→1 is 0.6 against 0 of 0→3
  CHECK(o.result.weight == 4);
}

TEST_CASE("loss and gradient agree with the definition in double, every metric and direction") {
  constexpr std::size_t kWidth = 19;
  const Batch b = mixed();
  const std::vector<float> x = fixture::random_rows(5, 13, kWidth);
  for (const Metric m : kMetrics)
    for (const bool symmetric : {false, true})
      for (const float temperature : {0.1f, 1.0f}) {
        CAPTURE(name(m));
        CAPTURE(symmetric);
        CAPTURE(temperature);
        const InBatchLossOptions options = with(m, temperature, symmetric, 4);
        const auto f = [&](const oracle::Vector& e) { return oracle_loss(options, e, kWidth, b); };
        const Outcome o = run(options, x, kWidth, b);
        CHECK(o.result.loss == doctest::Approx(f(fixture::widened(x))).epsilon(1e-5));
        const oracle::Vector want = oracle::slope(f, fixture::widened(x));
        double largest = 0;
        for (const double w : want) largest = std::max(largest, std::fabs(w));
        for (std::size_t i = 0; i < want.size(); ++i)
          CHECK(std::fabs(double{o.gradient[i]} - want[i]) < 1e-4 * largest + 1e-7);
      }
}

TEST_CASE("what is known to say the same is masked and counted") {
  // Both positives in one group: each query is left with its own target.
  const std::vector<float> x = fixture::random_rows(1, 5, 6);
  const Outcome o =
      run(with(Metric::cosine, 0.05f, true), x, 6, {{{0, 1}, {2, 3}}, {}, {0, 0, 0, 0, 9}});
  CHECK(o.result.loss == 0);
  CHECK(o.result.masked == 4);
  CHECK(o.result.accuracy == 1);
  CHECK(o.gradient == std::vector<float>(30));
  // Groups unknown, but the positives join 0 with both 1 and 2: neither is the other's negative.
  const Outcome joined =
      run(with(Metric::cosine, 0.05f, false), x, 6, {{{0, 1}, {0, 2}}, {}, {0, 1, 2, 3, 4}});
  CHECK(joined.result.masked == 2);
  CHECK(joined.result.loss == 0);
  // A chain 0→1, 1→2: row 1 is a column, and the query itself.
  const Outcome chain =
      run(with(Metric::cosine, 0.05f, false), x, 6, {{{0, 1}, {1, 2}}, {4}, {0, 0, 0, 3, 4}});
  CHECK(chain.result.columns == 3);
  CHECK(chain.result.masked == 2);
  // The mixed batch by the definition.
  const Batch b = mixed();
  std::int64_t masked = 0;
  for (const InBatchPositive& p : b.positives)
    masked += 8 - 1 - static_cast<std::int64_t>(rivals(b, p.a, p.b, false).size());
  const Outcome many = run(with(Metric::euclidean, 1, false), fixture::random_rows(2, 13, 3), 3, b);
  CHECK(many.result.columns == 8);  // 1 3 5 7 9 10 11 12
  CHECK(many.result.masked == masked);
}

TEST_CASE("a duplicate in another pair pulls no weight: the loss does not see where it lies") {
  std::vector<float> x = fixture::random_rows(4, 6, 8);
  const Batch b = {{{0, 1}, {2, 3}, {4, 5}}, {}, {7, 7, 7, 7, 8, 8}};
  const InBatchLossOptions options = with(Metric::cosine, 0.1f, false);
  const auto only_first = [&] {
    Batch first = b;
    first.positives[1].weight = first.positives[2].weight = 0;
    return run(options, x, 8, first).result.loss;
  };
  const double before = only_first();
  for (std::size_t i = 0; i < 8; ++i) x[3 * 8 + i] = x[i];  // row 3 becomes row 0
  CHECK(only_first() == before);
  for (std::size_t i = 0; i < 8; ++i) x[5 * 8 + i] = x[i];  // row 5, of another group, does count
  CHECK(only_first() > before);
}

TEST_CASE("a row named twice is one column") {
  const std::vector<float> x = fixture::random_rows(4, 6, 8);
  const Rows group = {0, 0, 1, 1, 2, 3};
  const Positives positives = {{0, 1}, {2, 3}};
  const InBatchLossOptions options = with(Metric::manhattan, 1, false);
  const Outcome once = run(options, x, 8, {positives, {4, 5}, group});
  const Outcome twice = run(options, x, 8, {positives, {4, 5, 4, 3, 5}, group});
  CHECK(once.result.columns == 4);
  CHECK(twice.result.columns == 4);
  CHECK(twice.result.loss == once.result.loss);
  CHECK(twice.gradient == once.gradient);
}

TEST_CASE("the block size changes memory only") {
  const std::vector<float> x = fixture::random_rows(9, 90, 21);
  Batch b;
  for (std::int32_t r = 0; r < 40; ++r) b.positives.push_back({2 * r, 2 * r + 1, 1});
  for (std::int32_t r = 80; r < 90; ++r) b.extra.push_back(r);
  for (std::int32_t r = 0; r < 90; ++r) b.group.push_back(r / 2);
  for (const Metric m : kMetrics) {
    CAPTURE(name(m));
    const Outcome whole = run(with(m, 0.2f, true, 4096), x, 21, b);
    for (const int rows : {1, 7, 40}) {
      const Outcome o = run(with(m, 0.2f, true, rows), x, 21, b);
      CHECK(o.result.loss == doctest::Approx(whole.result.loss).epsilon(1e-12));
      CHECK(o.result.accuracy == whole.result.accuracy);
      for (std::size_t i = 0; i < x.size(); ++i)
        CHECK(std::fabs(o.gradient[i] - whole.gradient[i]) < 1e-5f);
    }
    CHECK(run(with(m, 0.2f, true, 7), x, 21, b).gradient ==
          run(with(m, 0.2f, true, 7), x, 21, b).gradient);
  }
}

TEST_CASE("symmetric is the mean of both directions, and exchanging the sides changes nothing") {
  const std::vector<float> x = fixture::random_rows(3, 13, 10);
  Batch b = mixed(), exchanged = b;
  for (InBatchPositive& p : exchanged.positives) std::swap(p.a, p.b);
  for (const Metric m : kMetrics) {
    CAPTURE(name(m));
    const Outcome there = run(with(m, 0.3f, false), x, 10, b);
    const Outcome back = run(with(m, 0.3f, false), x, 10, exchanged);
    const Outcome both = run(with(m, 0.3f, true), x, 10, b);
    CHECK(both.result.loss == doctest::Approx((there.result.loss + back.result.loss) / 2));
    for (std::size_t i = 0; i < x.size(); ++i)
      CHECK(both.gradient[i] ==
            doctest::Approx((there.gradient[i] + back.gradient[i]) / 2).epsilon(1e-4).scale(0.1));
  }
}

TEST_CASE("extreme temperatures and degenerate rows stay finite") {
  std::vector<float> x = fixture::random_rows(3, 8, 10, 1.0);
  std::fill_n(x.begin(), 20, 0.0f);                 // rows 0 and 1 are zero
  std::copy_n(x.begin() + 30, 10, x.begin() + 40);  // row 4 equals row 3
  std::fill_n(x.begin() + 50, 10, 1e-23f);          // row 5 underflows when squared
  const Batch b = {{{0, 1}, {2, 3}, {4, 5}, {6, 6}}, {7, 0}, {0, 1, 2, 3, 4, 5, 6, 7}};
  for (const Metric m : kMetrics)
    for (const float temperature : {0.001f, 100.0f}) {
      CAPTURE(name(m));
      const Outcome o = run(with(m, temperature, true), x, 10, b);
      CHECK(std::isfinite(o.result.loss));
      for (const float g : o.gradient) CHECK(std::isfinite(g));
    }
  // z of the target 2000 below the rival's: the loss is that difference, the slope whole.
  const std::vector<float> far = {1, 0, -1, 0, 1, 0};
  const Outcome o = run(with(Metric::cosine, 0.001f, false), far, 2, {{{0, 1}}, {2}, {0, 0, 2}});
  CHECK(o.result.loss == doctest::Approx(2000));
  // Target and rival alike to the last bit: ln 2, and no best.
  const std::vector<float> same = {1, 0, 1, 0, 1, 0};
  const Outcome tie = run(with(Metric::cosine, 0.05f, false), same, 2, {{{0, 1}}, {2}, {0, 0, 2}});
  CHECK(tie.result.loss == doctest::Approx(std::log(2.0)));
  CHECK(tie.result.accuracy == 0);
}

TEST_CASE("a sure answer keeps its small loss and slope") {
  // Manhattan on a line, temperature 1: z = −1 against −41. L = log1p(e^−40).
  const std::vector<float> line = {0, 1, 41};
  const Outcome o = run(with(Metric::manhattan, 1, false), line, 1, {{{0, 1}}, {2}, {0, 0, 1}});
  CHECK(o.result.loss == doctest::Approx(4.248354255e-18).epsilon(1e-5));
  CHECK(o.gradient[1] == doctest::Approx(4.248354255e-18).epsilon(1e-5));
  CHECK(o.gradient[2] == doctest::Approx(-4.248354255e-18).epsilon(1e-5));
}

TEST_CASE("nothing asked is no loss; gradients are added; null gets the loss only") {
  const std::vector<float> x = fixture::random_rows(3, 5, 7);
  const Rows group = {0, 0, 1, 1, 2};
  const InBatchLossOptions options = with(Metric::cosine, 0.1f, true);
  CHECK(run(options, x, 7, {{}, {4}, group}).result.loss == 0);
  const Outcome weightless = run(options, x, 7, {{{0, 1, 0}, {2, 3, 0}}, {4}, group});
  CHECK(weightless.result.loss == 0);
  CHECK(weightless.gradient == std::vector<float>(35));
  for (const Metric m : kMetrics) {
    const Batch b = {{{0, 1}, {2, 3}}, {4}, group};
    const Outcome o = run(with(m, 0.1f, true), x, 7, b);
    std::vector<float> added(35, 2.0f);
    in_batch_loss(with(m, 0.1f, true), fixture::view(x, 7), b.positives, b.extra, b.group,
                  fixture::view(added, 7));
    for (std::size_t i = 0; i < 35; ++i)
      CHECK(added[i] == doctest::Approx(2 + o.gradient[i]).epsilon(1e-5));
    CHECK(in_batch_loss(with(m, 0.1f, true), fixture::view(x, 7), b.positives, b.extra, b.group, {})
              .loss == o.result.loss);
  }
}

TEST_CASE("options name the field, its value and what is allowed") {
  CHECK_NOTHROW(InBatchLossOptions{}.validate());
  CHECK_THROWS_WITH(with(Metric::cosine, 0, true).validate(),
                    "temperature: is 0; allowed is 0.001 to 100");
  CHECK_THROWS_WITH(with(Metric::cosine, NAN, true).validate(),
                    "temperature: is nan; allowed is 0.001 to 100");
  CHECK_THROWS_WITH(with(Metric::cosine, 1, true, 0).validate(),
                    "block_rows: is 0; allowed is 1 to 65536");
}
