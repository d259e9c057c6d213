#include "loss/reconstruction_loss.hpp"

#include <doctest.h>

#include <cmath>

#include "core/random.hpp"
#include "tests/loss/oracle.hpp"

using namespace gemel;
using namespace gemel::loss;
using oracle::Vector;

namespace {

constexpr std::int64_t kRows = 4, kTokens = 6, kSize = 5;

// The formula written out in double; x holds the embeddings, then the table.
double naive(const Vector& x, const ReconstructionTargets& targets) {
  double sum = 0;
  int rows = 0;
  for (std::size_t i = 0; i < kRows; ++i) {
    const auto begin = static_cast<std::size_t>(targets.begin[i]);
    const auto end = static_cast<std::size_t>(targets.begin[i + 1]);
    if (begin == end) continue;
    ++rows;
    Vector z(kTokens, 0.0);
    double total = 0;
    for (std::size_t c = 0; c < kTokens; ++c) {
      for (std::size_t k = 0; k < kSize; ++k) z[c] += x[i * kSize + k] * x[(kRows + c) * kSize + k];
      total += std::exp(z[c]);
    }
    double mean = 0;
    for (std::size_t t = begin; t < end; ++t)
      mean -= std::log(std::exp(z[static_cast<std::size_t>(targets.columns[t])]) / total);
    sum += mean / static_cast<double>(end - begin);
  }
  return rows ? sum / rows : 0;
}

struct Case {
  std::vector<float> values;
  ReconstructionTargets targets{{0, 2, 2, 3, 6}, {0, 3, 5, 1, 2, 4}};
  Case() {
    Random random(7);
    for (std::int64_t i = 0; i < (kRows + kTokens) * kSize; ++i)
      values.push_back(static_cast<float>(random.normal()));
  }
  ConstMatrixView embeddings() const { return {values.data(), kRows, kSize}; }
  ConstMatrixView table() const { return {values.data() + kRows * kSize, kTokens, kSize}; }
};

}  // namespace

TEST_CASE("loss and both gradients agree with the formula in double") {
  const Case c;
  const Vector x(c.values.begin(), c.values.end());
  std::vector<float> gradient(x.size(), 1.0f);  // added to
  const double loss =
      reconstruction_loss(c.embeddings(), c.table(), c.targets, {gradient.data(), kRows, kSize},
                          {gradient.data() + kRows * kSize, kTokens, kSize});
  CHECK(loss == doctest::Approx(naive(x, c.targets)).epsilon(1e-6));
  const Vector slope = oracle::slope([&](const Vector& v) { return naive(v, c.targets); }, x);
  for (std::size_t i = 0; i < x.size(); ++i)
    CHECK(double{gradient[i]} - 1 == doctest::Approx(slope[i]).epsilon(1e-4).scale(0.1));
}

TEST_CASE("a row without targets costs nothing, and no targets at all give no loss") {
  Case c;
  std::vector<float> gradient(static_cast<std::size_t>(kRows * kSize), 0.0f);
  reconstruction_loss(c.embeddings(), c.table(), c.targets, {gradient.data(), kRows, kSize},
                      {nullptr, kTokens, kSize});
  for (std::size_t k = 0; k < kSize; ++k) CHECK(gradient[kSize + k] == 0.0f);
  CHECK(gradient[0] != 0.0f);
  c.targets = {{0, 0, 0, 0, 0}, {}};
  CHECK(reconstruction_loss(c.embeddings(), c.table(), c.targets, {nullptr, kRows, kSize},
                            {nullptr, kTokens, kSize}) == 0);
}

TEST_CASE("an embedding that points at its only token alone has loss 0") {
  const std::vector<float> u = {100, 0}, table = {1, 0, -1, 0};
  CHECK(reconstruction_loss({u.data(), 1, 2}, {table.data(), 2, 2}, {{0, 1}, {0}}, {nullptr, 1, 2},
                            {nullptr, 2, 2}) == doctest::Approx(0));
  CHECK(reconstruction_loss({u.data(), 1, 2}, {table.data(), 2, 2}, {{0, 1}, {1}}, {nullptr, 1, 2},
                            {nullptr, 2, 2}) == doctest::Approx(200));
}
