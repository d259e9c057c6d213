#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/random.hpp"
#include "dnn/context.hpp"
#include "doctest.h"
#include "tests/dnn/recurrent_case.hpp"

using namespace gemel;
using gemel::test::relative_error;

namespace {

struct LinearCase {
  std::int64_t rows, in, out, x_stride, y_stride;
  std::vector<float> x, weight, bias, dy;  // [M, x_stride], [in, out], [out], [M, y_stride]

  LinearCase(std::int64_t m, std::int64_t i, std::int64_t o, std::int64_t spare)
      : rows(m),
        in(i),
        out(o),
        x_stride(i + spare),
        y_stride(o + 2 * spare),
        x(values(m * x_stride, 1)),
        weight(values(i * o, 2)),
        bias(values(o, 3)),
        dy(values(m * y_stride, 4)) {}
  static std::vector<float> values(std::int64_t count, std::uint64_t seed) {
    Random random(seed);
    std::vector<float> v(static_cast<std::size_t>(count));
    for (float& f : v) f = static_cast<float>(random.uniform(-1, 1));
    return v;
  }
};

double at(const std::vector<float>& v, std::int64_t row, std::int64_t stride, std::int64_t col) {
  return static_cast<double>(v[static_cast<std::size_t>(row * stride + col)]);
}

std::vector<double> expected_y(const LinearCase& c, bool with_bias) {
  std::vector<double> y;
  for (std::int64_t r = 0; r < c.rows; ++r) {
    for (std::int64_t o = 0; o < c.out; ++o) {
      double sum = with_bias ? at(c.bias, 0, 0, o) : 0;
      for (std::int64_t i = 0; i < c.in; ++i)
        sum += at(c.x, r, c.x_stride, i) * at(c.weight, i, c.out, o);
      y.push_back(sum);
    }
  }
  return y;
}

std::vector<double> dense(const std::vector<float>& v, std::int64_t rows, std::int64_t cols,
                          std::int64_t stride) {
  std::vector<double> out;
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t k = 0; k < cols; ++k) out.push_back(at(v, r, stride, k));
  return out;
}

std::vector<float> run(const LinearCase& c, bool with_bias) {
  const dnn::Linear linear(c.in, c.out);
  dnn::Context context;
  std::vector<float> y(c.dy.size(), 7);
  linear.forward(context, c.rows, c.x.data(), c.x_stride, c.weight.data(),
                 with_bias ? c.bias.data() : nullptr, y.data(), c.y_stride);
  return y;
}

const LinearCase kCases[] = {{1, 1, 1, 0},     {3, 5, 7, 2},     {47, 64, 33, 0},
                             {48, 512, 64, 0}, {65, 33, 16, 13}, {200, 40, 128, 0}};

}  // namespace

TEST_CASE("forward agrees with a sum in double and leaves the gaps between rows alone") {
  for (const LinearCase& c : kCases) {
    for (bool with_bias : {true, false}) {
      const auto y = run(c, with_bias);
      CHECK(relative_error(dense(y, c.rows, c.out, c.y_stride), expected_y(c, with_bias)) < 1e-6);
      for (std::int64_t r = 0; r < c.rows; ++r)
        for (std::int64_t k = c.out; k < c.y_stride; ++k) CHECK(at(y, r, c.y_stride, k) == 7);
    }
  }
}

TEST_CASE("a row of y does not depend on its batch or place, bit for bit") {
  for (const auto& [in, out] : {std::pair{512, 64}, {1024, 256}, {33, 7}}) {
    const LinearCase whole(150, in, out, 3);
    const auto y = run(whole, true);
    for (std::int64_t n : {0, 1, 2, 47, 48, 95, 100, 149}) {
      LinearCase alone(1, in, out, 3);
      std::copy_n(whole.x.begin() + n * whole.x_stride, whole.x_stride, alone.x.begin());
      const auto found = run(alone, true);
      for (std::int64_t k = 0; k < out; ++k)
        CHECK(at(found, 0, 0, k) == at(y, n, whole.y_stride, k));
    }
  }
}

TEST_CASE("backward agrees with sums in double and adds to the weights' gradients") {
  for (const LinearCase& c : kCases) {
    std::vector<double> dx, dweight(c.weight.size()), dbias(c.bias.size());
    for (std::int64_t r = 0; r < c.rows; ++r) {
      for (std::int64_t i = 0; i < c.in; ++i) {
        double sum = 0;
        for (std::int64_t o = 0; o < c.out; ++o) {
          sum += at(c.dy, r, c.y_stride, o) * at(c.weight, i, c.out, o);
          dweight[static_cast<std::size_t>(i * c.out + o)] +=
              at(c.x, r, c.x_stride, i) * at(c.dy, r, c.y_stride, o);
        }
        dx.push_back(sum);
      }
      for (std::int64_t o = 0; o < c.out; ++o)
        dbias[static_cast<std::size_t>(o)] += at(c.dy, r, c.y_stride, o);
    }
    for (double& v : dweight) v = 1 + 2 * v;
    for (double& v : dbias) v = 1 + 2 * v;

    const dnn::Linear linear(c.in, c.out);
    dnn::Context context;
    std::vector<float> found_dx(c.x.size()), weight(c.weight.size(), 1), bias(c.bias.size(), 1);
    linear.backward(context, c.rows, c.x.data(), c.x_stride, c.weight.data(), c.dy.data(),
                    c.y_stride, found_dx.data(), c.x_stride, weight.data(), bias.data());
    linear.backward(context, c.rows, c.x.data(), c.x_stride, c.weight.data(), c.dy.data(),
                    c.y_stride, nullptr, 0, weight.data(), bias.data());
    CHECK(relative_error(dense(found_dx, c.rows, c.in, c.x_stride), dx) < 1e-6);
    CHECK(relative_error({weight.begin(), weight.end()}, dweight) < 1e-6);
    CHECK(relative_error({bias.begin(), bias.end()}, dbias) < 1e-6);
  }
}
