#include "dnn/recurrent.hpp"

#include <thread>
#include <vector>

#include "dnn/context.hpp"
#include "doctest.h"
#include "tests/dnn/recurrent_case.hpp"

using namespace gemel;
using namespace gemel::test;

namespace {

struct Results {
  std::vector<double> y, dx, weight_layer, weight_iter, bias;
};

std::vector<double> to_doubles(const std::vector<float>& v) {
  return {v.begin(), v.end()};
}

/// Forward and `times` backward calls into one accumulator; `stride` is that of y and dy.
Results train(const RecurrentCase& c, int times = 1, std::int64_t stride = 0) {
  if (stride == 0) stride = c.hidden;
  const dnn::Recurrent lstm = c.layer();
  dnn::Context context;
  dnn::Recurrent::Packed packed;
  lstm.pack(context, PlainWeights(c.weights).parameters(), true, packed);
  const auto x = encode(c.precision, c.x);
  const std::size_t width = x.size() / c.x.size();
  std::vector<std::byte> y(c.count(stride) * width);
  std::vector<float> dy(c.count(stride)), dx(c.count(c.input));
  for (std::size_t i = 0; i < c.dy.size(); ++i) {
    const auto h = static_cast<std::size_t>(c.hidden);
    dy[i / h * static_cast<std::size_t>(stride) + i % h] = static_cast<float>(c.dy[i]);
  }
  dnn::Recurrent::Saved saved;
  dnn::Recurrent::Accumulator accumulator;
  lstm.zero(accumulator);
  for (int k = 0; k < times; ++k) {
    lstm.forward(context, packed, c.steps, c.texts, x.data(), y.data(), stride, &saved);
    lstm.backward(context, packed, c.steps, c.texts, x.data(), y.data(), stride, dy.data(), stride,
                  saved, dx.data(), accumulator);
  }
  PlainWeights plain{c.zeros()};
  lstm.unpack(context, accumulator, plain.gradients());
  Results r{
      {}, to_doubles(dx), to_doubles(plain.layer), to_doubles(plain.iter), to_doubles(plain.bias)};
  const auto all = decode(c.precision, y);
  for (std::size_t row = 0; row < c.count(1); ++row) {
    const auto start = all.begin() + static_cast<std::ptrdiff_t>(row) * stride;
    r.y.insert(r.y.end(), start, start + c.hidden);
  }
  return r;
}

/// y and every gradient against the oracle; errors relative to the largest value of each.
void check_against_oracle(const RecurrentCase& c, const Results& r, double tolerance) {
  CAPTURE(c.steps);
  CAPTURE(c.texts);
  CAPTURE(c.input);
  CAPTURE(c.hidden);
  const auto trace = c.oracle();
  const auto grad = c.oracle_gradient(trace);
  CHECK(relative_error(r.y, trace.y) < tolerance);
  CHECK(relative_error(r.dx, grad.x) < tolerance);
  CHECK(relative_error(r.weight_layer, grad.weights.weight_layer) < tolerance);
  if (c.steps > 1) CHECK(relative_error(r.weight_iter, grad.weights.weight_iter) < tolerance);
  CHECK(relative_error(r.bias, grad.weights.bias) < tolerance);
}

struct Size {
  int steps, texts;
  std::int64_t input, hidden;
};
const Size kSizes[] = {{1, 1, 1, 1},    {3, 1, 5, 7},    {1, 5, 16, 16},  {7, 2, 33, 17},
                       {5, 16, 32, 64}, {9, 19, 48, 31}, {4, 33, 64, 128}};
constexpr double kF32 = 2e-6;
constexpr double kBf16 = 0.03;  // bf16 rounds to 1 part in 256, states feed back T times

double tolerance(Precision p) {
  return p == Precision::f32 ? kF32 : kBf16;
}

}  // namespace

TEST_CASE("outputs and every gradient agree with the oracle") {
  for (const Kind kind : kinds()) {
    const dnn::Cell cell = kind.cell;
    const Precision p = kind.precision;
    CAPTURE(static_cast<int>(cell));
    CAPTURE(static_cast<int>(p));
    for (const Size& s : kSizes) {
      const RecurrentCase c(s.steps, s.texts, s.input, s.hidden, p, 1, cell);
      check_against_oracle(c, train(c), tolerance(p));
    }
  }
}

TEST_CASE("inference agrees with the oracle") {
  for (const Kind kind : kinds()) {
    const dnn::Cell cell = kind.cell;
    const Precision p = kind.precision;
    CAPTURE(static_cast<int>(cell));
    CAPTURE(static_cast<int>(p));
    for (const Size& s : kSizes) {
      const RecurrentCase c(s.steps, s.texts, s.input, s.hidden, p, 3, cell);
      const dnn::Recurrent layer = c.layer();
      dnn::Context context;
      dnn::Recurrent::Packed packed;
      layer.pack(context, PlainWeights(c.weights).parameters(), false, packed);
      CHECK(relative_error(decode(p, infer(layer, context, packed, c)), c.oracle().y) <
            tolerance(p));
    }
  }
}

TEST_CASE("y and dy may be halves of [T, N, 2H]") {
  for (const Kind kind : kinds()) {
    const dnn::Cell cell = kind.cell;
    const Precision p = kind.precision;
    CAPTURE(static_cast<int>(cell));
    CAPTURE(static_cast<int>(p));
    const RecurrentCase c(5, 6, 24, 32, p, 4, cell);
    check_against_oracle(c, train(c, 1, 64), tolerance(p));
  }
}

TEST_CASE("gradients accumulate: two backward calls give twice one") {
  for (const Kind kind : kinds()) {
    const dnn::Cell cell = kind.cell;
    const Precision p = kind.precision;
    CAPTURE(static_cast<int>(cell));
    CAPTURE(static_cast<int>(p));
    const RecurrentCase c(6, 10, 24, 40, p, 5, cell);
    const Results once = train(c, 1), twice = train(c, 2);
    CHECK(twice.dx == once.dx);
    for (auto part : {&Results::weight_layer, &Results::weight_iter, &Results::bias}) {
      std::vector<double> doubled = once.*part;
      for (double& v : doubled) v *= 2;
      CHECK(relative_error(twice.*part, doubled) < 1e-6);
    }
  }
}
