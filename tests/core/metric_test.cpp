#include "core/metric.hpp"

#include <doctest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include "core/random.hpp"

using namespace gemel;

namespace {

constexpr std::array kMetrics = {Metric::cosine, Metric::manhattan, Metric::euclidean,
                                 Metric::exp_manhattan};

float score(Metric m, const std::vector<float>& u, const std::vector<float>& v) {
  return score_from_distance(m,
                             distance(m, u.data(), v.data(), static_cast<std::int64_t>(u.size())));
}

std::vector<float> random_vector(Random& random, std::size_t n, double scale) {
  std::vector<float> x(n);
  for (float& e : x) e = static_cast<float>(scale * random.normal());
  return x;
}

}  // namespace

TEST_CASE("distances and scores of hand-worked vectors") {
  // u = (3, 4), v = (0, 5): cos 20/25, Σ|u−v| = 4, Σ(u−v)² = 10, e^−4 = 0.018315639.
  const float u[] = {3, 4}, v[] = {0, 5}, minus_u[] = {-6, -8};
  CHECK(distance(Metric::cosine, u, v, 2) == doctest::Approx(0.2));
  CHECK(distance(Metric::cosine, u, minus_u, 2) == 2);
  CHECK(distance(Metric::manhattan, u, v, 2) == 4);
  CHECK(distance(Metric::euclidean, u, v, 2) == doctest::Approx(3.16227766));
  CHECK(distance(Metric::exp_manhattan, u, v, 2) == doctest::Approx(0.981684361));
  CHECK(score_from_distance(Metric::cosine, 0.25f) == 0.75f);
  CHECK(score_from_distance(Metric::manhattan, 4) == -4);
  CHECK(score_from_distance(Metric::euclidean, 3) == -3);
  CHECK(score_from_distance(Metric::exp_manhattan, 0.25f) == 0.75f);
}

TEST_CASE("signs: the more alike two texts are, the larger the score, under every metric") {
  Random random(41);
  for (const Metric m : kMetrics)
    for (int round = 0; round < 50; ++round) {
      CAPTURE(name(m));
      const std::size_t n = 1 + random.below(60);
      const std::vector<float> u = random_vector(random, n + 1, 0.1);
      const std::vector<float> away = random_vector(random, n + 1, 0.1);
      // Texts on the way from u to −u + noise: each step is less alike.
      float last = score(m, u, u);
      for (const float t : {0.25f, 0.5f, 0.75f, 1.0f}) {
        std::vector<float> v(n + 1);
        for (std::size_t i = 0; i <= n; ++i) v[i] = u[i] - t * (2 * u[i] + 0.1f * away[i]);
        const float s = score(m, u, v);
        CHECK(s < last);
        last = s;
      }
    }
}

TEST_CASE("identical texts have distance exactly zero and the largest score") {
  Random random(5);
  for (const Metric m : kMetrics)
    for (const std::size_t n : {1u, 7u, 16u, 100u, 333u}) {
      CAPTURE(name(m));
      const std::vector<float> u = random_vector(random, n, 3), v = random_vector(random, n, 3);
      CHECK(distance(m, u.data(), u.data(), static_cast<std::int64_t>(n)) == 0);
      CHECK(score(m, u, u) >= score(m, u, v));
    }
}

TEST_CASE("distances are symmetric bit for bit and never negative") {
  Random random(17);
  for (const Metric m : kMetrics)
    for (const std::int64_t n : {1, 3, 16, 31, 130}) {
      CAPTURE(name(m));
      const auto size = static_cast<std::size_t>(n);
      const std::vector<float> u = random_vector(random, size, 1);
      std::vector<float> v = random_vector(random, size, 1);
      if (n == 31) v = u, v[30] += 1e-6f;
      const float there = distance(m, u.data(), v.data(), n);
      const float back = distance(m, v.data(), u.data(), n);
      CHECK(std::memcmp(&there, &back, sizeof there) == 0);
      CHECK(there >= 0);
    }
}

TEST_CASE("a distance does not depend on where the vectors lie in memory") {
  Random random(23);
  const std::vector<float> u = random_vector(random, 77, 1), v = random_vector(random, 77, 1);
  for (const Metric m : kMetrics) {
    const float want = distance(m, u.data(), v.data(), 77);
    for (std::size_t shift = 1; shift < 16; shift += 3) {
      std::vector<float> moved(shift + 77);
      std::copy(u.begin(), u.end(), moved.begin() + static_cast<std::ptrdiff_t>(shift));
      CHECK(distance(m, moved.data() + shift, v.data(), 77) == want);
    }
  }
}

TEST_CASE("a zero vector is at cosine distance 1 from everything, itself included") {
  const float zero[] = {0, 0, 0}, u[] = {1, 2, 3};
  CHECK(distance(Metric::cosine, zero, u, 3) == 1);
  CHECK(distance(Metric::cosine, u, zero, 3) == 1);
  CHECK(distance(Metric::cosine, zero, zero, 3) == 1);
  CHECK(distance(Metric::cosine, u, u, 0) == 1);
}

TEST_CASE("cosine from known sums is the cosine that distance() computes, bit for bit") {
  Random random(29);
  const std::vector<float> u = random_vector(random, 83, 1), v = random_vector(random, 83, 1);
  CHECK(cosine_distance(inner_product(u.data(), v.data(), 83),
                        inner_product(u.data(), u.data(), 83),
                        inner_product(v.data(), v.data(), 83)) ==
        distance(Metric::cosine, u.data(), v.data(), 83));
}

TEST_CASE("distances agree with a double-precision sum over long vectors") {
  Random random(31);
  const std::vector<float> u = random_vector(random, 1500, 1), v = random_vector(random, 1500, 1);
  double uv = 0, uu = 0, vv = 0, absolute = 0, squares = 0;
  for (std::size_t i = 0; i < 1500; ++i) {
    const double a = u[i], b = v[i];
    uv += a * b, uu += a * a, vv += b * b;
    absolute += std::fabs(a - b), squares += (a - b) * (a - b);
  }
  CHECK(distance(Metric::cosine, u.data(), v.data(), 1500) ==
        doctest::Approx(1 - uv / std::sqrt(uu * vv)).epsilon(1e-5));
  CHECK(distance(Metric::manhattan, u.data(), v.data(), 1500) ==
        doctest::Approx(absolute).epsilon(1e-5));
  CHECK(distance(Metric::euclidean, u.data(), v.data(), 1500) ==
        doctest::Approx(std::sqrt(squares)).epsilon(1e-5));
}

TEST_CASE("scores turn back into distances") {
  for (const Metric m : kMetrics)
    for (const float d : {0.0f, 0.25f, 0.5f, 1.0f})
      CHECK(distance_from_score(m, score_from_distance(m, d)) == d);
}

TEST_CASE("metrics go by name") {
  for (const Metric m : kMetrics) CHECK(metric_from_name(name(m)) == m);
  CHECK_THROWS_WITH(
      metric_from_name("euclid"),
      "metric: 'euclid' is not known; choose among cosine, manhattan, euclidean, exp-manhattan");
}
