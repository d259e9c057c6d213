// The promise that the search rests on: a pair is ruled out only if it is out of reach.
#include "search/filter.hpp"

#include <doctest.h>

#include <cmath>

#include "search/euclidean_filter.hpp"
#include "search/manhattan_filter.hpp"
#include "search/reach.hpp"
#include "tests/search/search_data.hpp"

using namespace gemel;
using namespace gemel::search;
using gemel::test::Rows;

namespace {

// In double, from the definition: half the squared distance of the (unit) vectors, or Σ|u − v|.
double separation(Metric metric, const float* u, const float* v, std::int64_t n) {
  double uu = 0, vv = 0, manhattan = 0, squares = 0;
  for (std::int64_t k = 0; k < n; ++k) {
    uu += double{u[k]} * u[k];
    vv += double{v[k]} * v[k];
  }
  const bool cosine = metric == Metric::cosine;
  for (std::int64_t k = 0; k < n; ++k) {
    const double x = cosine ? u[k] / std::sqrt(uu) - v[k] / std::sqrt(vv) : double{u[k]} - v[k];
    manhattan += std::fabs(x);
    squares += x * x;
  }
  return is_manhattan(metric) ? manhattan : squares / 2;
}

// Separations of all pairs, worked out once.
struct Truth {
  Truth(Metric m, const Rows& left, const Rows& right) : a(left), b(right) {
    for (std::int64_t i = 0; i < a.count; ++i)
      for (std::int64_t j = 0; j < b.count; ++j)
        separations.push_back(separation(m, a.view().row(i), b.view().row(j), a.dimension));
  }
  const Rows& a;
  const Rows& b;
  std::vector<double> separations;  // [a.count, b.count]
};

// @return of the pairs out of reach, the share that is ruled out
double check_filter(const Filter& filter, const Truth& truth, double reach) {
  Scratch scratch;
  std::int64_t far = 0, ruled_out = 0, wrong = 0;
  for (std::int64_t first = 0; first < truth.a.count; first += 100) {
    const std::int64_t count = std::min<std::int64_t>(100, truth.a.count - first);
    const std::vector<double> reaches(static_cast<std::size_t>(count), reach);
    std::vector<std::uint64_t> masks(static_cast<std::size_t>(count + kSpareMasks));
    for (std::int64_t g = 0; g < groups_of(truth.b.count); ++g) {
      filter.masks(first, count, g, reaches.data(), scratch, masks.data());
      for (std::int64_t r = 0; r < count; ++r)
        for (std::int64_t j = g * kGroup; j < std::min(truth.b.count, (g + 1) * kGroup); ++j) {
          const auto at = static_cast<std::size_t>((first + r) * truth.b.count + j);
          const bool is_far = truth.separations[at] > reach;
          const bool out = ((masks[static_cast<std::size_t>(r)] >> (j % kGroup)) & 1) == 0;
          far += is_far;
          ruled_out += out;
          wrong += out && !is_far;
        }
    }
  }
  CHECK(wrong == 0);
  return far == 0 ? 1 : static_cast<double>(ruled_out) / static_cast<double>(far);
}

FilterRequest request_for(Metric metric, const Rows& a, const Rows& b) {
  return {
      .metric = metric, .a = a.view(), .b = b.view(), .within = false, .pairs = 1e9, .reaches = {}};
}

}  // namespace

TEST_CASE("the share of bounds within reach, and of many reaches the mean") {
  CHECK(search::share_within({3, 1, 4, 2}, {2}) == 0.5);
  CHECK(search::share_within({3, 1, 4, 2}, {0.5, 2, 10}) == doctest::Approx(6.0 / 12));
  CHECK(search::share_within({3, 1}, {1, INFINITY}) == 0.75);
}

TEST_CASE("codes never rule out a pair within reach, and rule out most others") {
  const Rows a = test::clustered(210, 150, 1), b = test::clustered(130, 150, 1);
  std::vector<CodeKernel> kernels = {CodeKernel::portable};
  if (best_code_kernel() != CodeKernel::portable) kernels.push_back(best_code_kernel());
  for (const CodeKernel kernel : kernels)
    for (const Metric metric : {Metric::cosine, Metric::euclidean}) {
      const FilterRequest request = request_for(metric, a, b);
      const Truth truth(metric, a, b);
      const Points points(metric, a.view(), b.view());
      const Points::Sample sample = points.sample(300, 0);
      const Directions directions = principal_directions(sample.view(), 128, 1);
      const auto whole = make_code_filter(request, points, nullptr, 150, kernel);
      const auto some = make_code_filter(request, points, &directions, 64, kernel);
      const auto most = make_code_filter(request, points, &directions, 128, kernel);
      CHECK(some->depth() == 64);
      for (const double share : {0.02, 0.2, 0.6, 1.0}) {
        const double reach = share * (metric == Metric::cosine ? 1.0 : 50.0);
        CAPTURE(name(metric));
        CAPTURE(reach);
        CHECK(check_filter(*whole, truth, reach) > 0.8);
        check_filter(*some, truth, reach);
        check_filter(*most, truth, reach);
      }
      CHECK(check_filter(*some, truth, 0.02) > 0.8);
      CHECK(check_filter(*most, truth, 0.02) > 0.95);
    }
}

TEST_CASE("long vectors, odd sizes and one row") {
  const Rows a = test::clustered(9, 1203, 1), b = test::clustered(65, 1203, 1);
  const Rows one = test::clustered(1, 3, 1);
  for (const Metric metric : {Metric::cosine, Metric::euclidean})
    for (const CodeKernel kernel : {CodeKernel::portable, best_code_kernel()}) {
      const Points points(metric, a.view(), b.view());
      const Truth truth(metric, a, b);
      const auto filter =
          make_code_filter(request_for(metric, a, b), points, nullptr, 1203, kernel);
      for (const double reach : {0.1, 1.0, 100.0, 500.0}) check_filter(*filter, truth, reach);
      const Points single(metric, one.view(), one.view());
      const auto tiny = make_code_filter(request_for(metric, one, one), single, nullptr, 3, kernel);
      check_filter(*tiny, Truth(metric, one, one), 0.0);
    }
}

TEST_CASE("coordinate grids never rule out a pair within Manhattan reach") {
  const Rows a = test::clustered(210, 150, 1), b = test::clustered(130, 150, 1);
  const Truth truth(Metric::manhattan, a, b);
  for (const DifferenceKernel kernel : {DifferenceKernel::portable, best_difference_kernel()})
    for (const std::int64_t depth : {1, 64, 100, 150}) {
      const auto filter =
          make_manhattan_filter(request_for(Metric::manhattan, a, b), depth, kernel);
      REQUIRE(filter != nullptr);
      CHECK(filter->depth() == depth);
      for (const double reach : {0.0, 20.0, 60.0, 90.0, 120.0}) check_filter(*filter, truth, reach);
      if (depth >= 64) CHECK(check_filter(*filter, truth, 10.0) > 0.9);
    }
}

TEST_CASE("reach is where the score would be, with a little room") {
  // cosine 0.8: |u − v|²/2 = 0.2; distance 3: 9/2; exp(−x) = 0.25: x = ln 4.
  CHECK(reach(Metric::cosine, 0.8f, 64) == doctest::Approx(0.2).epsilon(1e-3));
  CHECK(reach(Metric::cosine, 0.8f, 64) > 0.2);
  CHECK(reach(Metric::euclidean, -3.0f, 64) == doctest::Approx(4.5).epsilon(1e-3));
  CHECK(reach(Metric::euclidean, -3.0f, 64) > 4.5);
  CHECK(reach(Metric::manhattan, -3.0f, 64) == doctest::Approx(3.0).epsilon(1e-3));
  CHECK(reach(Metric::manhattan, -3.0f, 64) > 3.0);
  CHECK(reach(Metric::exp_manhattan, 0.25f, 64) == doctest::Approx(1.3862944).epsilon(1e-3));
  CHECK(reach(Metric::exp_manhattan, 0.25f, 64) > 1.3862944);
  CHECK(std::isinf(reach(Metric::exp_manhattan, 0.0f, 64)));
  CHECK(reach(Metric::cosine, 1.01f, 64) < 0);
  CHECK(reach(Metric::euclidean, 0.01f, 64) < 0);
  CHECK(reach(Metric::manhattan, 0.01f, 64) < 0);
  CHECK(reach(Metric::exp_manhattan, 1.01f, 64) < 0);
}
