#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "core/matrix.hpp"
#include "core/metric.hpp"
#include "core/random.hpp"
#include "oracle.hpp"

/// What the tests of the losses share: metrics, random rows, and rows of a flat vector.
namespace fixture {

inline constexpr std::array kMetrics = {gemel::Metric::cosine, gemel::Metric::manhattan,
                                        gemel::Metric::euclidean, gemel::Metric::exp_manhattan};

/// [rows * width], normal, of a deviation at which no metric saturates.
inline std::vector<float> random_rows(std::uint64_t seed, std::size_t rows, std::size_t width,
                                      double deviation = 0.06) {
  gemel::Random random(seed);
  std::vector<float> x(rows * width);
  for (float& e : x) e = static_cast<float>(deviation * random.normal());
  return x;
}

inline oracle::Vector row(const oracle::Vector& x, std::size_t width, std::int32_t r) {
  const auto at = x.begin() + r * static_cast<std::ptrdiff_t>(width);
  return {at, at + static_cast<std::ptrdiff_t>(width)};
}

inline oracle::Vector widened(const std::vector<float>& x) {
  return {x.begin(), x.end()};
}

/// Views of a flat [rows, width].
inline gemel::ConstMatrixView view(const std::vector<float>& x, std::size_t width) {
  return {x.data(), static_cast<std::int64_t>(x.size() / width), static_cast<std::int64_t>(width)};
}
inline gemel::MatrixView view(std::vector<float>& x, std::size_t width) {
  return {x.data(), static_cast<std::int64_t>(x.size() / width), static_cast<std::int64_t>(width)};
}

}  // namespace fixture
