#include "loss/products.hpp"

#include <doctest.h>

#include "fixture.hpp"
#include "loss/unit_rows.hpp"

using namespace gemel;
using namespace gemel::loss;

TEST_CASE("products of any shape and either order, added to what is there") {
  for (const std::int64_t m : {1, 6, 13, 200})
    for (const std::int64_t n : {1, 16, 35})
      for (const std::int64_t k : {1, 40, 259}) {
        const auto size = [](std::int64_t x) { return static_cast<std::size_t>(x); };
        const std::vector<float> a = fixture::random_rows(1, size(m), size(k), 1);
        const std::vector<float> bt = fixture::random_rows(2, size(n), size(k), 1);
        std::vector<float> c(size(m * n), 5.0f), ct(size(n * m), 5.0f);
        const Operand left(ConstMatrixView(a.data(), m, k)),
            right(ConstMatrixView(bt.data(), n, k));
        add_product(left, right.transposed(), {c.data(), m, n});
        add_product(right, left.transposed(), {ct.data(), n, m});
        double worst = 0;
        for (std::int64_t i = 0; i < m; ++i)
          for (std::int64_t j = 0; j < n; ++j) {
            double want = 5;
            for (std::int64_t l = 0; l < k; ++l)
              want += double{a[size(i * k + l)]} * double{bt[size(j * k + l)]};
            worst = std::max(worst, std::fabs(want - double{c[size(i * n + j)]}));
            worst = std::max(worst, std::fabs(want - double{ct[size(j * m + i)]}));
          }
        CAPTURE(m);
        CAPTURE(n);
        CAPTURE(k);
        CHECK(worst < 1e-4);
      }
}

TEST_CASE("a product with a row-major right side and a stride") {
  // a [2, 2] within rows of 3; b [2, 3].
  const std::vector<float> a = {1, 2, 99, 3, 4, 99}, b = {1, 0, 2, 0, 1, 3};
  std::vector<float> c(6);
  add_product(ConstMatrixView(a.data(), 2, 2, 3), ConstMatrixView(b.data(), 2, 3),
              {c.data(), 2, 3});
  CHECK(c == std::vector<float>{1, 2, 8, 3, 4, 18});
}

TEST_CASE("unit rows have length 1, zero rows stay zero, and slopes lose their radial part") {
  const std::vector<float> x = {3, 4, 0, 0, 1e-30f, 0};
  const UnitRows unit(fixture::view(x, 2));
  CHECK(unit.row(0)[0] == doctest::Approx(0.6));
  CHECK(unit.row(0)[1] == doctest::Approx(0.8));
  for (const std::int64_t r : {1, 2}) {
    CHECK(unit.row(r)[0] == 0);
    CHECK(unit.row(r)[1] == 0);
  }
  // Slope (1, 0) less 0.6·(0.6, 0.8), over 5.
  const float slope[] = {1, 0};
  float to[] = {1, 1};
  unit.backward(0, slope, to);
  CHECK(to[0] == doctest::Approx(1 + 0.128));
  CHECK(to[1] == doctest::Approx(1 - 0.096));
  float kept[] = {7, 8};
  unit.backward(1, slope, kept);
  CHECK(kept[0] == 7);
  CHECK(kept[1] == 8);
}
