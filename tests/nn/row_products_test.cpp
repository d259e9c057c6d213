#include "nn/row_products.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "core/random.hpp"

using namespace gemel;

namespace {

std::vector<float> some(std::size_t count, Random& random) {
  std::vector<float> values(count);
  for (float& v : values) v = static_cast<float>(random.uniform(-1, 1));
  return values;
}

// x [rows, in] in rows of `stride`, y [rows, out].
struct Case {
  std::int64_t rows, in, out, stride;
  std::vector<float> x, w, bias;
  Case(std::int64_t rows_, std::int64_t in_, std::int64_t out_, Random& random)
      : rows(rows_),
        in(in_),
        out(out_),
        stride(in_ + 3),
        x(some(static_cast<std::size_t>(rows_ * stride), random)),
        w(some(static_cast<std::size_t>(in_ * out_), random)),
        bias(some(static_cast<std::size_t>(out_), random)) {}

  // y in rows of `out` + 5, what lies between them must stay.
  std::vector<float> product(std::int64_t first, std::int64_t count) const {
    const std::int64_t step = out + 5;
    std::vector<float> y(static_cast<std::size_t>(count * step), 7.0f), packed;
    nn::row_products({x.data() + first * stride, count, in, stride}, w.data(), bias.data(),
                     {y.data(), count, out, step});
    for (std::int64_t i = 0; i < count; ++i) {
      const auto row = y.begin() + i * step;
      packed.insert(packed.end(), row, row + out);
      CHECK(std::vector<float>(row + out, row + step) == std::vector<float>(5, 7.0f));
    }
    return packed;
  }
  double expected(std::int64_t i, std::int64_t j) const {
    double sum = double{bias[static_cast<std::size_t>(j)]};
    for (std::int64_t k = 0; k < in; ++k)
      sum += double{x[static_cast<std::size_t>(i * stride + k)]} *
             double{w[static_cast<std::size_t>(k * out + j)]};
    return sum;
  }
};

}  // namespace

TEST_CASE("products are those of the definition in double, rows alone have the same bits") {
  Random random(1);
  struct Sizes {
    std::int64_t in, out, rows;
  };
  std::vector<Sizes> all_sizes = {{512, 33, 13}, {513, 16, 7}, {1100, 80, 13}};  // parts of 512
  for (const std::int64_t out : {1, 15, 16, 33, 64, 80, 128})
    for (const std::int64_t rows : {1, 5, 6, 13}) all_sizes.push_back({37, out, rows});
  for (const auto& [in, out, rows] : all_sizes) {
    CAPTURE(in);
    CAPTURE(out);
    CAPTURE(rows);
    const Case c(rows, in, out, random);
    const std::vector<float> all = c.product(0, rows);
    double largest = 0;
    int different = 0;
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::vector<float> alone = c.product(i, 1);
      for (std::int64_t j = 0; j < out; ++j) {
        const float found = all[static_cast<std::size_t>(i * out + j)];
        largest = std::fmax(largest, std::fabs(double{found} - c.expected(i, j)));
        different += alone[static_cast<std::size_t>(j)] != found;
      }
    }
    CHECK(largest < 2.5e-7 * static_cast<double>(in));
    CHECK(different == 0);
  }
}

TEST_CASE("without rows nothing is written") {
  Random random(1);
  CHECK(Case(0, 4, 3, random).product(0, 0).empty());
}
