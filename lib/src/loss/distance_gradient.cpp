#include "loss/distance_gradient.hpp"

#include <cmath>

#include "core/simd.hpp"

namespace gemel::loss {
namespace {

// Adds s·(u − v) to du and takes it from dv. All [n].
GEMEL_SIMD_CLONES
void add_difference(const float* u, const float* v, std::int64_t n, float s, float* du, float* dv) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float g = s * (u[i] - v[i]);
    du[i] += g;
    dv[i] -= g;
  }
}

// Adds s·sign(u − v) to du and takes it from dv; sign(0) = 0. All [n].
GEMEL_SIMD_CLONES
void add_sign(const float* u, const float* v, std::int64_t n, float s, float* du, float* dv) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float g = s * static_cast<float>((u[i] > v[i]) - (u[i] < v[i]));
    du[i] += g;
    dv[i] -= g;
  }
}

// du += a·u + c·v and dv += b·v + c·u. All [n].
GEMEL_SIMD_CLONES
void add_combination(const float* u, const float* v, std::int64_t n, float a, float b, float c,
                     float* du, float* dv) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float gu = a * u[i] + c * v[i];
    const float gv = b * v[i] + c * u[i];
    du[i] += gu;
    dv[i] += gv;
  }
}

}  // namespace

void cosine_backward(const float* u, const float* v, std::int64_t n, float uv, float uu, float vv,
                     float dd, float* du, float* dv) {
  if (uu == 0.0f || vv == 0.0f || dd == 0.0f) return;
  const double norms = std::sqrt(double{uu} * double{vv});
  const double cosine = double{uv} / norms;
  const auto a = static_cast<float>(dd * cosine / double{uu});
  const auto b = static_cast<float>(dd * cosine / double{vv});
  const auto c = static_cast<float>(-dd / norms);
  // Vectors so short that the slope leaves the range of float count as zero vectors.
  if (!std::isfinite(a) || !std::isfinite(b) || !std::isfinite(c)) return;
  add_combination(u, v, n, a, b, c, du, dv);
}

void distance_backward(Metric metric, const float* u, const float* v, std::int64_t n, float d,
                       float dd, float* du, float* dv) {
  if (dd == 0.0f) return;
  switch (metric) {
    case Metric::cosine:
      cosine_backward(u, v, n, inner_product(u, v, n), inner_product(u, u, n),
                      inner_product(v, v, n), dd, du, dv);
      break;
    case Metric::manhattan:
      add_sign(u, v, n, dd, du, dv);
      break;
    case Metric::euclidean:
      if (d > 0.0f && std::isfinite(dd / d)) add_difference(u, v, n, dd / d, du, dv);
      break;
    case Metric::exp_manhattan:
      add_sign(u, v, n, dd * (1.0f - d), du, dv);
      break;
  }
}

}  // namespace gemel::loss
