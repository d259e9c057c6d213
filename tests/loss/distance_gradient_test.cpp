#include "loss/distance_gradient.hpp"

#include <doctest.h>

#include <array>
#include <cmath>
#include <vector>

#include "core/random.hpp"
#include "oracle.hpp"

using namespace gemel;
using loss::distance_backward;

namespace {

constexpr std::array kMetrics = {Metric::cosine, Metric::manhattan, Metric::euclidean,
                                 Metric::exp_manhattan};

struct Slopes {
  std::vector<float> du, dv;
};

// Slopes of dd·d from zeroed gradients.
Slopes backward(Metric m, const std::vector<float>& u, const std::vector<float>& v, float dd) {
  Slopes s{std::vector<float>(u.size()), std::vector<float>(v.size())};
  const auto n = static_cast<std::int64_t>(u.size());
  const float d = distance(m, u.data(), v.data(), n);
  distance_backward(m, u.data(), v.data(), n, d, dd, s.du.data(), s.dv.data());
  return s;
}

std::vector<float> random_vector(Random& random, std::size_t n, double scale) {
  std::vector<float> x(n);
  for (float& e : x) e = static_cast<float>(scale * random.normal());
  return x;
}

}  // namespace

TEST_CASE("gradients of each distance against hand-worked numbers") {
  // u = (3, 4), v = (0, 5): |u| = |v| = 5, u·v = 20, cos = 0.8, u − v = (3, −1).
  const std::vector<float> u = {3, 4}, v = {0, 5};
  SUBCASE("cosine: (cos·u/5 − v/5)/5") {
    const Slopes s = backward(Metric::cosine, u, v, 1);
    CHECK(s.du[0] == doctest::Approx(0.096));
    CHECK(s.du[1] == doctest::Approx(-0.072));
    CHECK(s.dv[0] == doctest::Approx(-0.12));
    CHECK(s.dv[1] == doctest::Approx(0.0).scale(1));
  }
  SUBCASE("manhattan: signs") {
    const Slopes s = backward(Metric::manhattan, u, v, 2);
    CHECK(s.du == std::vector<float>{2, -2});
    CHECK(s.dv == std::vector<float>{-2, 2});
  }
  SUBCASE("euclidean: (3, −1)/√10") {
    const Slopes s = backward(Metric::euclidean, u, v, 1);
    CHECK(s.du[0] == doctest::Approx(0.94868330));
    CHECK(s.du[1] == doctest::Approx(-0.31622777));
    CHECK(s.dv[0] == doctest::Approx(-0.94868330));
  }
  SUBCASE("exp_manhattan: e^−4 times the signs") {
    const Slopes s = backward(Metric::exp_manhattan, u, v, 1);
    CHECK(s.du[0] == doctest::Approx(0.018315639));
    CHECK(s.dv[1] == doctest::Approx(0.018315639));
  }
}

TEST_CASE("gradients agree with central differences of an independent distance") {
  Random random(7);
  for (const Metric m : kMetrics)
    for (const std::size_t n : {1u, 5u, 16u, 37u}) {
      CAPTURE(name(m));
      CAPTURE(n);
      const double scale = m == Metric::exp_manhattan ? 1.0 / static_cast<double>(n) : 1.0;
      const std::vector<float> u = random_vector(random, n, scale);
      const std::vector<float> v = random_vector(random, n, scale);
      const oracle::Vector du(u.begin(), u.end()), dv(v.begin(), v.end());
      const Slopes s = backward(m, u, v, 1.5f);
      const auto at_u = [&](const oracle::Vector& x) { return oracle::distance(m, x, dv); };
      const auto at_v = [&](const oracle::Vector& x) { return oracle::distance(m, du, x); };
      const oracle::Vector want_u = oracle::slope(at_u, du), want_v = oracle::slope(at_v, dv);
      for (std::size_t i = 0; i < n; ++i) {
        CHECK(s.du[i] == doctest::Approx(1.5 * want_u[i]).epsilon(1e-4).scale(0.1));
        CHECK(s.dv[i] == doctest::Approx(1.5 * want_v[i]).epsilon(1e-4).scale(0.1));
      }
    }
}

TEST_CASE("exchanging the texts exchanges the gradients, bit for bit") {
  Random random(3);
  const std::vector<float> u = random_vector(random, 45, 0.1), v = random_vector(random, 45, 0.1);
  for (const Metric m : kMetrics) {
    CAPTURE(name(m));
    const Slopes there = backward(m, u, v, 0.3f), back = backward(m, v, u, 0.3f);
    CHECK(there.du == back.dv);
    CHECK(there.dv == back.du);
  }
}

TEST_CASE("gradients are added to what is there") {
  const float u[] = {1, 2}, v[] = {4, 0};
  float du[] = {10, 20}, dv[] = {30, 40};
  distance_backward(Metric::manhattan, u, v, 2, 5, 1, du, dv);
  CHECK(du[0] == 9);
  CHECK(du[1] == 21);
  CHECK(dv[0] == 31);
  CHECK(dv[1] == 39);
}

TEST_CASE("where no derivative exists the gradient is zero, not NaN") {
  const std::vector<float> zero(20), one(20, 1.0f), tiny(20, 1e-23f);
  const std::vector<float> none(20);
  for (const Metric m : kMetrics) {
    CAPTURE(name(m));
    const Slopes equal = backward(m, one, one, 3);
    if (m == Metric::cosine) {
      for (const float g : equal.du) CHECK(std::fabs(g) < 1e-6f);
    } else {
      CHECK(equal.du == none);
      CHECK(equal.dv == none);
    }
    const Slopes both_zero = backward(m, zero, zero, 3);
    CHECK(both_zero.du == none);
    CHECK(both_zero.dv == none);
    for (const Slopes& s : {backward(m, tiny, zero, 3), backward(m, tiny, one, 3)})
      for (std::size_t i = 0; i < 20; ++i) {
        CHECK(std::isfinite(s.du[i]));
        CHECK(std::isfinite(s.dv[i]));
      }
  }
  CHECK(backward(Metric::cosine, zero, one, 1).dv == none);
}

TEST_CASE("a step down the gradient brings two texts closer under every metric") {
  Random random(11);
  for (const Metric m : kMetrics) {
    CAPTURE(name(m));
    std::vector<float> u = random_vector(random, 24, 0.05), v = random_vector(random, 24, 0.05);
    const float before = distance(m, u.data(), v.data(), 24);
    const Slopes s = backward(m, u, v, 1);
    for (std::size_t i = 0; i < 24; ++i) {
      u[i] -= 1e-4f * s.du[i];
      v[i] -= 1e-4f * s.dv[i];
    }
    CHECK(distance(m, u.data(), v.data(), 24) < before);
  }
}
