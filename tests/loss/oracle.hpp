#pragma once
#include <cmath>
#include <vector>

#include "core/metric.hpp"
#include "loss/pair_loss.hpp"

/// The losses of the issue written out naively in double, and central differences of any function
/// of a vector. Shares no code with the library.
namespace oracle {

using Vector = std::vector<double>;

inline double distance(gemel::Metric metric, const Vector& u, const Vector& v) {
  double uv = 0, uu = 0, vv = 0, absolute = 0, squares = 0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    uv += u[i] * v[i];
    uu += u[i] * u[i];
    vv += v[i] * v[i];
    absolute += std::abs(u[i] - v[i]);
    squares += std::pow(u[i] - v[i], 2);
  }
  switch (metric) {
    case gemel::Metric::cosine:
      return uu == 0 || vv == 0 ? 1 : 1 - uv / std::sqrt(uu) / std::sqrt(vv);
    case gemel::Metric::manhattan:
      return absolute;
    case gemel::Metric::euclidean:
      return std::sqrt(squares);
    case gemel::Metric::exp_manhattan:
      return 1 - std::exp(-absolute);
  }
  return NAN;
}

/// Loss of one pair. w and b are ignored by contrastive, margin by bce.
inline double pair_loss(gemel::loss::PairLossKind kind, double d, double y, double margin, double w,
                        double b) {
  if (kind == gemel::loss::PairLossKind::contrastive) {
    const double hinge = d < margin ? margin - d : 0;
    return y * d * d + (1 - y) * hinge * hinge;
  }
  const double p = 1 / (1 + std::exp(w * d - b));
  return -y * std::log(p) - (1 - y) * std::log(1 - p);
}

/// ∂f/∂x by central differences; f takes a Vector.
template <class Function>
Vector slope(const Function& f, Vector x, double step = 1e-6) {
  Vector result(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double kept = x[i];
    x[i] = kept + step;
    const double high = f(x);
    x[i] = kept - step;
    const double low = f(x);
    x[i] = kept;
    result[i] = (high - low) / (2 * step);
  }
  return result;
}

}  // namespace oracle
