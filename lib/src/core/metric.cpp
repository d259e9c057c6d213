#include "core/metric.hpp"

#include <array>
#include <cmath>

#include "core/check.hpp"
#include "core/simd.hpp"

namespace gemel {
namespace {

constexpr std::array<std::string_view, 4> kMetrics = {"cosine", "manhattan", "euclidean",
                                                      "exp-manhattan"};
constexpr int kLanes = 16;  // independent sums, so that the loops vectorise without reassociation

GEMEL_SIMD_CLONES
float sum_products(const float* u, const float* v, std::int64_t n) {
  float lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int j = 0; j < kLanes; ++j) lanes[j] += u[i + j] * v[i + j];
  for (int j = 0; i < n; ++i, ++j) lanes[j] += u[i] * v[i];
  float sum = 0;
  for (const float lane : lanes) sum += lane;
  return sum;
}

GEMEL_SIMD_CLONES
float sum_absolute(const float* u, const float* v, std::int64_t n) {
  float lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int j = 0; j < kLanes; ++j) lanes[j] += std::fabs(u[i + j] - v[i + j]);
  for (int j = 0; i < n; ++i, ++j) lanes[j] += std::fabs(u[i] - v[i]);
  float sum = 0;
  for (const float lane : lanes) sum += lane;
  return sum;
}

GEMEL_SIMD_CLONES
float sum_squares(const float* u, const float* v, std::int64_t n) {
  float lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int j = 0; j < kLanes; ++j) lanes[j] += (u[i + j] - v[i + j]) * (u[i + j] - v[i + j]);
  for (int j = 0; i < n; ++i, ++j) lanes[j] += (u[i] - v[i]) * (u[i] - v[i]);
  float sum = 0;
  for (const float lane : lanes) sum += lane;
  return sum;
}

}  // namespace

std::string_view name(Metric m) {
  return kMetrics[static_cast<std::size_t>(m)];
}
Metric metric_from_name(std::string_view n) {
  return static_cast<Metric>(index_of_name("metric", n, kMetrics));
}

float distance(Metric m, const float* u, const float* v, std::int64_t n) {
  switch (m) {
    case Metric::manhattan:
      return sum_absolute(u, v, n);
    case Metric::euclidean:
      return std::sqrt(sum_squares(u, v, n));
    case Metric::exp_manhattan:
      return -std::expm1(-sum_absolute(u, v, n));
    case Metric::cosine:
      break;
  }
  return cosine_distance(sum_products(u, v, n), sum_products(u, u, n), sum_products(v, v, n));
}

float inner_product(const float* u, const float* v, std::int64_t n) {
  return sum_products(u, v, n);
}

}  // namespace gemel
