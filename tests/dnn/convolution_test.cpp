#include "dnn/convolution.hpp"

#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

#include "core/random.hpp"
#include "doctest.h"
#include "tests/dnn/recurrent_case.hpp"

using namespace gemel;
using gemel::test::relative_error;

namespace {

std::vector<float> random_values(std::int64_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> v(static_cast<std::size_t>(count));
  for (float& f : v) f = static_cast<float>(random.uniform(-1, 1));
  return v;
}

struct ConvolutionCase {
  std::int64_t rows, in, filters, width;
  std::vector<float> x, weight, bias, dy;  // [M + w − 1, E], [w, E, F], [F], [M, F]

  ConvolutionCase(std::int64_t m, std::int64_t e, std::int64_t f, std::int64_t w)
      : rows(m),
        in(e),
        filters(f),
        width(w),
        x(random_values((m + w - 1) * e, 1)),
        weight(random_values(w * e * f, 2)),
        bias(random_values(f, 3)),
        dy(random_values(m * f, 4)) {}
  std::size_t at(std::int64_t k, std::int64_t e, std::int64_t f) const {
    return static_cast<std::size_t>((k * in + e) * filters + f);
  }
};

double value(const std::vector<float>& v, std::int64_t row, std::int64_t width, std::int64_t col) {
  return double{v[static_cast<std::size_t>(row * width + col)]};
}

std::vector<double> expected_y(const ConvolutionCase& c) {
  std::vector<double> y;
  for (std::int64_t m = 0; m < c.rows; ++m)
    for (std::int64_t f = 0; f < c.filters; ++f) {
      double sum = double{c.bias[static_cast<std::size_t>(f)]};
      for (std::int64_t k = 0; k < c.width; ++k)
        for (std::int64_t e = 0; e < c.in; ++e)
          sum += value(c.x, m + k, c.in, e) * double{c.weight[c.at(k, e, f)]};
      y.push_back(sum);
    }
  return y;
}

std::vector<float> run(const dnn::Convolution& convolution, dnn::Context& context,
                       const dnn::Convolution::Packed& packed, std::int64_t rows,
                       const std::vector<float>& x) {
  std::vector<float> y(static_cast<std::size_t>(rows * convolution.filters()));
  convolution.forward(context, packed, rows, x.data(), y.data());
  return y;
}

const ConvolutionCase kCases[] = {{1, 1, 1, 1},      {1, 5, 7, 4},      {7, 6, 16, 3},
                                  {96, 64, 32, 2},   {97, 33, 17, 5},   {300, 16, 40, 3},
                                  {193, 50, 100, 1}, {250, 100, 12, 7}, {192, 3, 64, 2}};

}  // namespace

TEST_CASE("forward agrees with a sum in double") {
  for (const ConvolutionCase& c : kCases) {
    const dnn::Convolution convolution(c.in, c.filters, c.width);
    dnn::Context context;
    dnn::Convolution::Packed packed;
    convolution.pack(context, c.weight.data(), c.bias.data(), false, packed);
    const std::vector<float> y = run(convolution, context, packed, c.rows, c.x);
    CAPTURE(c.rows);
    CAPTURE(c.width);
    CHECK(relative_error({y.begin(), y.end()}, expected_y(c)) < 3e-6);
  }
}

TEST_CASE("backward agrees with sums in double, and adds") {
  for (const ConvolutionCase& c : kCases) {
    std::vector<double> dx(c.x.size(), 1), dweight(c.weight.size()), dbias(c.bias.size());
    for (std::int64_t m = 0; m < c.rows; ++m)
      for (std::int64_t f = 0; f < c.filters; ++f) {
        const double d = value(c.dy, m, c.filters, f);
        dbias[static_cast<std::size_t>(f)] += d;
        for (std::int64_t k = 0; k < c.width; ++k)
          for (std::int64_t e = 0; e < c.in; ++e) {
            dx[static_cast<std::size_t>((m + k) * c.in + e)] += d * double{c.weight[c.at(k, e, f)]};
            dweight[c.at(k, e, f)] += d * value(c.x, m + k, c.in, e);
          }
      }
    for (double& v : dweight) v = 1 + 2 * v;
    for (double& v : dbias) v = 1 + 2 * v;

    const dnn::Convolution convolution(c.in, c.filters, c.width);
    dnn::Context context;
    dnn::Convolution::Packed packed;
    convolution.pack(context, c.weight.data(), c.bias.data(), true, packed);
    std::vector<float> found_dx(c.x.size(), 1), weight(c.weight.size(), 1), bias(c.bias.size(), 1);
    convolution.backward(context, packed, c.rows, c.x.data(), c.dy.data(), found_dx.data(),
                         weight.data(), bias.data());
    convolution.backward(context, packed, c.rows, c.x.data(), c.dy.data(), nullptr, weight.data(),
                         bias.data());
    CAPTURE(c.rows);
    CAPTURE(c.width);
    CHECK(relative_error({found_dx.begin(), found_dx.end()}, dx) < 3e-6);
    CHECK(relative_error({weight.begin(), weight.end()}, dweight) < 3e-6);
    CHECK(relative_error({bias.begin(), bias.end()}, dbias) < 3e-6);
  }
}

TEST_CASE("a row of y does not depend on its place or on rows that it does not read") {
  constexpr std::int64_t kRows = 230;
  const ConvolutionCase cases[] = {
      {kRows, 64, 48, 3}, {kRows, 33, 7, 2}, {kRows, 256, 100, 5}, {kRows, 1, 1, 4}};
  for (const ConvolutionCase& whole : cases) {
    const std::int64_t in = whole.in, filters = whole.filters, width = whole.width;
    const dnn::Convolution convolution(in, filters, width);
    dnn::Context context;
    dnn::Convolution::Packed packed;
    convolution.pack(context, whole.weight.data(), whole.bias.data(), false, packed);
    const std::vector<float> y = run(convolution, context, packed, kRows, whole.x);
    int different = 0;
    for (std::int64_t m = 0; m < kRows; ++m) {
      const auto from = whole.x.begin() + m * in;
      const std::vector<float> alone(from, from + width * in);
      const std::vector<float> found = run(convolution, context, packed, 1, alone);
      different += !std::equal(found.begin(), found.end(), y.begin() + m * filters);
    }
    CAPTURE(in);
    CHECK(different == 0);
  }
}

TEST_CASE("zero rows at both ends mean zero padding") {
  const std::int64_t in = 8, filters = 16, width = 3, length = 5;
  const ConvolutionCase c(length, in, filters, width);
  std::vector<float> x(c.x);
  std::fill_n(x.begin(), in, 0.0f);
  std::fill_n(x.end() - in, in, 0.0f);
  std::vector<double> expected;
  for (std::int64_t t = 0; t < length; ++t)
    for (std::int64_t f = 0; f < filters; ++f) {
      double sum = double{c.bias[static_cast<std::size_t>(f)]};
      for (std::int64_t k = -1; k <= 1; ++k)
        for (std::int64_t e = 0; e < in && t + k >= 0 && t + k < length; ++e)
          sum += value(c.x, 1 + t + k, in, e) * double{c.weight[c.at(1 + k, e, f)]};
      expected.push_back(sum);
    }
  const dnn::Convolution convolution(in, filters, width);
  dnn::Context context;
  dnn::Convolution::Packed packed;
  convolution.pack(context, c.weight.data(), c.bias.data(), false, packed);
  const std::vector<float> y = run(convolution, context, packed, length, x);
  CHECK(relative_error({y.begin(), y.end()}, expected) < 3e-6);
}

TEST_CASE("packing on one thread and running on others gives the same bits") {
  const ConvolutionCase c(150, 40, 24, 3);
  const dnn::Convolution convolution(c.in, c.filters, c.width);
  dnn::Context context;
  dnn::Convolution::Packed packed;
  convolution.pack(context, c.weight.data(), c.bias.data(), true, packed);
  const std::vector<float> expected = run(convolution, context, packed, c.rows, c.x);
  std::vector<std::vector<float>> found(2), weight(2, std::vector<float>(c.weight.size()));
  std::vector<std::thread> threads;
  for (std::size_t k = 0; k < 2; ++k)
    threads.emplace_back([&, k] {
      dnn::Context own;
      found[k] = run(convolution, own, packed, c.rows, c.x);
      std::vector<float> dx(c.x.size()), bias(c.bias.size());
      convolution.backward(own, packed, c.rows, c.x.data(), c.dy.data(), dx.data(),
                           weight[k].data(), bias.data());
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(found[0] == expected);
  CHECK(found[1] == expected);
  CHECK(weight[0] == weight[1]);
  CHECK(std::any_of(weight[0].begin(), weight[0].end(), [](float v) { return v != 0; }));
}
