#include "search/rotation.hpp"

#include <doctest.h>

#include <algorithm>
#include <cmath>

#include "core/metric.hpp"
#include "search/matrix_product.hpp"
#include "tests/search/search_data.hpp"

using namespace gemel;
using namespace gemel::search;
using gemel::test::Rows;

TEST_CASE("a product of matrices, by hand and against sums in double") {
  const float a[] = {1, 2, 3, 4, 5, 6}, b[] = {7, 8, 9, 10, 11, 12};
  float c[4] = {-1, -1, -1, -1};
  multiply({a, 2, 3}, {b, 3, 2}, {c, 2, 2}, 1);
  CHECK(c[0] == 58);
  CHECK(c[1] == 64);
  CHECK(c[2] == 139);
  CHECK(c[3] == 154);

  const Rows x = test::clustered(131, 600, 1), y = test::clustered(600, 37, 2);
  std::vector<float> z(131 * 37), again(131 * 37);
  multiply(x.view(), y.view(), {z.data(), 131, 37}, 1);
  multiply(x.view(), y.view(), {again.data(), 131, 37}, 3);
  CHECK(z == again);
  double worst = 0;
  for (std::int64_t i = 0; i < 131; ++i)
    for (std::int64_t j = 0; j < 37; ++j) {
      double sum = 0, size = 0;
      for (std::int64_t k = 0; k < 600; ++k) {
        const double term = double{x.view().row(i)[k]} * y.view().row(k)[j];
        sum += term;
        size += std::fabs(term);
      }
      worst = std::max(worst, std::fabs(sum - z[static_cast<std::size_t>(i * 37 + j)]) / size);
    }
  CHECK(worst <= product_error(600));
}

TEST_CASE("principal directions are orthonormal and hold the variance") {
  // Variance 9 along (1, 1, 0, …)/√2, 4 along the third axis, 0.01 elsewhere.
  Rows points{400, 40, std::vector<float>(400 * 40)};
  Random random(1);
  for (std::int64_t r = 0; r < 400; ++r) {
    for (std::int64_t k = 0; k < 40; ++k)
      points.row(r)[k] = static_cast<float>(0.1 * random.normal());
    const double along = 3 * random.normal() / std::sqrt(2.0);
    points.row(r)[0] += static_cast<float>(along);
    points.row(r)[1] += static_cast<float>(along);
    points.row(r)[2] += static_cast<float>(2 * random.normal());
  }
  const Directions directions = principal_directions(points.view(), 8, 1);
  CHECK(orthonormality_defect(directions) < 1e-5);
  const float* first = directions.view().row(0);
  const float* second = directions.view().row(1);
  CHECK(std::fabs(first[0] + first[1]) / std::sqrt(2.0) == doctest::Approx(1).epsilon(0.01));
  CHECK(std::fabs(second[2]) == doctest::Approx(1).epsilon(0.01));
}

TEST_CASE("points that span too little still give orthonormal directions") {
  Rows points{20, 16, std::vector<float>(20 * 16)};
  for (std::int64_t r = 0; r < 20; ++r) points.row(r)[3] = static_cast<float>(r);
  CHECK(orthonormality_defect(principal_directions(points.view(), 10, 1)) < 1e-5);
}

TEST_CASE("sharing evenly keeps the space and evens out the variance") {
  const Rows points = test::clustered(300, 200, 3);
  const Directions directions = principal_directions(points.view(), 192, 1);
  const Directions even = share_evenly(directions, 128);
  CHECK(even.count() == 128);
  CHECK(orthonormality_defect(even) < 1e-4);
  // Of the same space: the length of a projection stays.
  std::vector<float> energy(128);
  for (std::int64_t r = 0; r < 300; ++r) {
    double before = 0, after = 0;
    for (std::int64_t k = 0; k < 128; ++k) {
      const float p = inner_product(points.view().row(r), directions.view().row(k), 200);
      const float q = inner_product(points.view().row(r), even.view().row(k), 200);
      before += double{p} * p;
      after += double{q} * q;
      energy[static_cast<std::size_t>(k)] += q * q;
    }
    CHECK(after == doctest::Approx(before).epsilon(1e-4));
  }
  const auto [least, most] = std::minmax_element(energy.begin(), energy.end());
  CHECK(*most < 6 * *least);
}

TEST_CASE("the defect of known directions") {
  Directions q(2, 2);
  q.view().row(0)[0] = 1;
  q.view().row(1)[0] = 0.5f;
  q.view().row(1)[1] = 1;
  // QQᵀ − I = [[0, 0.5], [0.5, 0.25]], whose largest row sum is 0.75.
  CHECK(orthonormality_defect(q) == doctest::Approx(0.75));
}
