#include "loss/distillation_loss.hpp"

#include <doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "fixture.hpp"

using namespace gemel;
using namespace gemel::loss;

namespace {

constexpr std::array kKinds = {DistillationKind::mse, DistillationKind::cosine,
                               DistillationKind::relation};

struct Outcome {
  DistillationResult result;
  std::vector<float> gradient;  // [N, D]
};

Outcome run(DistillationKind kind, const std::vector<float>& student, std::size_t width,
            const std::vector<float>& teacher, std::size_t teacher_width,
            const std::vector<float>& weight) {
  Outcome o;
  o.gradient.resize(student.size());
  o.result =
      distillation_loss(kind, fixture::view(student, width), fixture::view(teacher, teacher_width),
                        weight, fixture::view(o.gradient, width));
  return o;
}

double cosine(const oracle::Vector& u, const oracle::Vector& v) {
  return 1 - oracle::distance(Metric::cosine, u, v);
}

double oracle_loss(DistillationKind kind, const oracle::Vector& student, std::size_t width,
                   const oracle::Vector& teacher, std::size_t teacher_width,
                   const std::vector<float>& weight) {
  const auto n = static_cast<std::int32_t>(weight.size());
  const auto u = [&](std::int32_t r) { return fixture::row(student, width, r); };
  const auto t = [&](std::int32_t r) { return fixture::row(teacher, teacher_width, r); };
  const auto w = [&](std::int32_t r) { return double{weight[static_cast<std::size_t>(r)]}; };
  double sum = 0, total = 0;
  for (std::int32_t i = 0; i < n; ++i) {
    if (kind == DistillationKind::relation) {
      for (std::int32_t j = 0; j < i; ++j) {
        sum += w(i) * w(j) * std::pow(cosine(u(i), u(j)) - cosine(t(i), t(j)), 2);
        total += w(i) * w(j);
      }
      continue;
    }
    double term = 1 - cosine(u(i), t(i));
    if (kind == DistillationKind::mse) {
      term = 0;
      for (std::size_t k = 0; k < width; ++k) term += std::pow(u(i)[k] - t(i)[k], 2);
      term /= static_cast<double>(width);
    }
    sum += w(i) * term;
    total += w(i);
  }
  return sum / total;
}

}  // namespace

TEST_CASE("hand-worked rows") {
  const std::vector<float> u = {3, 4, 0, 2}, t = {0, 5, 1, 0}, ones = {1, 1};
  // (9 + 1)/2 and (1 + 4)/2.
  const Outcome mse = run(DistillationKind::mse, u, 2, t, 2, ones);
  CHECK(mse.result.loss == doctest::Approx(3.75));
  CHECK(mse.gradient[0] == doctest::Approx(1.5));  // 2·3/2/2
  CHECK(mse.gradient[1] == doctest::Approx(-0.5));
  CHECK(run(DistillationKind::cosine, u, 2, t, 2, ones).result.loss ==
        doctest::Approx((0.2 + 1) / 2));
  // cos(u₀, u₁) = 0.8, cos(t₀, t₁) = 0.
  CHECK(run(DistillationKind::relation, u, 2, t, 2, ones).result.loss == doctest::Approx(0.64));
  CHECK(run(DistillationKind::mse, u, 2, t, 2, {1, 3}).result.loss == doctest::Approx(3.125));
  CHECK(run(DistillationKind::mse, u, 2, t, 2, {1, 3}).result.weight == 4);
}

TEST_CASE("loss and gradient agree with an independent double oracle, rows without teacher too") {
  constexpr std::size_t kRows = 7, kWidth = 18;
  const std::vector<float> weight = {1, 0.5f, 0, 2, 1, 0, 1};
  const std::vector<float> student = fixture::random_rows(4, kRows, kWidth, 0.5);
  for (const DistillationKind kind : kKinds)
    for (const std::size_t teacher_width : {kWidth, std::size_t{5}}) {
      if (needs_equal_sizes(kind) && teacher_width != kWidth) continue;
      CAPTURE(name(kind));
      CAPTURE(teacher_width);
      std::vector<float> teacher = fixture::random_rows(5, kRows, teacher_width, 0.5);
      const auto f = [&](const oracle::Vector& e) {
        return oracle_loss(kind, e, kWidth, fixture::widened(teacher), teacher_width, weight);
      };
      const double loss = f(fixture::widened(student));
      const oracle::Vector want = oracle::slope(f, fixture::widened(student));
      for (const std::size_t missing : {2u, 5u})
        std::fill_n(teacher.begin() + static_cast<std::ptrdiff_t>(missing * teacher_width),
                    teacher_width, std::numeric_limits<float>::quiet_NaN());
      const Outcome o = run(kind, student, kWidth, teacher, teacher_width, weight);
      CHECK(o.result.loss == doctest::Approx(loss).epsilon(1e-5));
      CHECK(o.result.rows == 5);
      CHECK(o.result.weight == 5.5);
      for (std::size_t i = 0; i < want.size(); ++i)
        CHECK(o.gradient[i] == doctest::Approx(want[i]).epsilon(2e-4).scale(0.01));
    }
}

TEST_CASE("relation over more rows than a block") {
  constexpr std::size_t kRows = 150, kWidth = 3;
  const std::vector<float> student = fixture::random_rows(1, kRows, kWidth, 1);
  const std::vector<float> teacher = fixture::random_rows(2, kRows, 4, 1);
  const std::vector<float> ones(kRows, 1.0f);
  const Outcome o = run(DistillationKind::relation, student, kWidth, teacher, 4, ones);
  const oracle::Vector start = fixture::widened(student), taught = fixture::widened(teacher);
  CHECK(o.result.loss ==
        doctest::Approx(oracle_loss(DistillationKind::relation, start, kWidth, taught, 4, ones))
            .epsilon(1e-5));
  // Along one random direction the slope is the gradient's share of it.
  const oracle::Vector direction = fixture::widened(fixture::random_rows(3, kRows, kWidth, 1));
  const auto along = [&](const oracle::Vector& step) {
    oracle::Vector at = start;
    for (std::size_t i = 0; i < at.size(); ++i) at[i] += step[0] * direction[i];
    return oracle_loss(DistillationKind::relation, at, kWidth, taught, 4, ones);
  };
  double got = 0;
  for (std::size_t i = 0; i < direction.size(); ++i) got += double{o.gradient[i]} * direction[i];
  CHECK(got == doctest::Approx(oracle::slope(along, {0.0})[0]).epsilon(1e-4));
}

TEST_CASE("a student like its teacher has nothing to learn; relation forgives a rotation") {
  const std::vector<float> rows = fixture::random_rows(6, 5, 2, 1), ones(5, 1.0f);
  for (const DistillationKind kind : kKinds) {
    const Outcome o = run(kind, rows, 2, rows, 2, ones);
    CHECK(o.result.loss == doctest::Approx(0).scale(1e-6));
    for (const float g : o.gradient) CHECK(std::fabs(g) < 1e-6f);
  }
  std::vector<float> turned(rows.size());  // by 90°
  for (std::size_t i = 0; i < rows.size(); i += 2) {
    turned[i] = -rows[i + 1];
    turned[i + 1] = rows[i];
  }
  CHECK(run(DistillationKind::relation, turned, 2, rows, 2, ones).result.loss ==
        doctest::Approx(0).scale(1e-6));
  CHECK(run(DistillationKind::cosine, turned, 2, rows, 2, ones).result.loss == doctest::Approx(1));
}

TEST_CASE("no teacher, one row, zero vectors, a null gradient") {
  std::vector<float> student = fixture::random_rows(6, 3, 4, 1);
  const std::vector<float> teacher = fixture::random_rows(7, 3, 4, 1);
  std::fill_n(student.begin(), 4, 0.0f);
  for (const DistillationKind kind : kKinds) {
    CAPTURE(name(kind));
    const Outcome none = run(kind, student, 4, teacher, 4, {0, 0, 0});
    CHECK(none.result.loss == 0);
    CHECK(none.result.rows == 0);
    CHECK(none.gradient == std::vector<float>(12));
    const Outcome all = run(kind, student, 4, teacher, 4, {1, 1, 1});
    CHECK(std::isfinite(all.result.loss));
    for (const float g : all.gradient) CHECK(std::isfinite(g));
    const std::vector<float> ones(3, 1.0f);
    CHECK(distillation_loss(kind, fixture::view(student, 4), fixture::view(teacher, 4), ones, {})
              .loss == all.result.loss);
    std::vector<float> added(12, 1.0f);
    distillation_loss(kind, fixture::view(student, 4), fixture::view(teacher, 4), ones,
                      fixture::view(added, 4));
    for (std::size_t i = 0; i < 12; ++i)
      CHECK(added[i] == doctest::Approx(1 + all.gradient[i]).epsilon(1e-5));
  }
  const Outcome lone = run(DistillationKind::relation, student, 4, teacher, 4, {0, 1, 0});
  CHECK(lone.result.loss == 0);
  CHECK(lone.result.rows == 1);
  CHECK(lone.gradient == std::vector<float>(12));
}

TEST_CASE("names") {
  for (const DistillationKind kind : kKinds) CHECK(distillation_from_name(name(kind)) == kind);
  CHECK_THROWS_WITH(distillation_from_name("kl"),
                    "distillation: 'kl' is not known; choose among mse, cosine, relation");
  CHECK(needs_equal_sizes(DistillationKind::mse));
  CHECK(!needs_equal_sizes(DistillationKind::relation));
}
