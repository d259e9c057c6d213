#include "core/parameters.hpp"

#include <doctest.h>

using namespace gemel;

TEST_CASE("a layout gives aligned, disjoint places and finds names") {
  ParameterLayout layout;
  const int a = layout.add("a", {3, 5});
  const int b = layout.add("b", {7}, {.row_sparse = false, .decay = false});
  CHECK(layout[a].offset == 0);
  CHECK(layout[b].offset == 16);
  CHECK(layout.block_size() == 32);
  CHECK(layout.count() == 22);
  CHECK(layout.find("b") == b);
  CHECK(layout.find("c") == -1);
  CHECK_FALSE(layout[b].decay);
}

TEST_CASE("row-sparse gradients touch, merge and zero only live rows") {
  ParameterLayout layout;
  const int e = layout.add("embedding", {4, 2}, {.row_sparse = true});
  const int w = layout.add("w", {2});
  GradientBlock x(layout), y(layout);
  x.touch_row(e, 2)[0] = 3;
  y.touch_row(e, 2)[0] = 1;
  y.touch_row(e, 0)[1] = 5;
  y.data(w)[1] = 2;
  x.add(y);
  CHECK(x.touched_rows(e) == std::vector<std::int32_t>{2, 0});
  CHECK(x.data(e)[4] == 4.0f);
  CHECK(x.data(e)[1] == 5.0f);
  CHECK(x.squared_norm() == doctest::Approx(16 + 25 + 4));
  x.zero();
  CHECK(x.squared_norm() == 0.0);
  for (const float v : x.all()) CHECK(v == 0.0f);
  CHECK(x.touched_rows(e).empty());
}

TEST_CASE("the squared norm takes every element of a long gradient once") {
  ParameterLayout layout;
  const int w = layout.add("w", {71});
  GradientBlock x(layout);
  for (int i = 0; i < 71; ++i) x.data(w)[i] = static_cast<float>(i);
  CHECK(x.squared_norm() == 116795.0);  // 70·71·141 / 6
}
