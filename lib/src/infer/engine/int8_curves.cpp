#include "infer/engine/int8_curves.hpp"

#include <array>
#include <cmath>
#include <cstddef>

namespace gemel::infer {
namespace {

// Newton's form through three points, multiplied out.
std::array<double, 3> parabola(const std::array<double, 3>& x, const std::array<double, 3>& f) {
  const double d01 = (f[1] - f[0]) / (x[1] - x[0]), d12 = (f[2] - f[1]) / (x[2] - x[1]);
  const double d012 = (d12 - d01) / (x[2] - x[0]);
  return {f[0] - d01 * x[0] + d012 * x[0] * x[1], d01 - d012 * (x[0] + x[1]), d012};
}

template <class Function>
Int8Curve tabulate(double limit, const Function& f) {
  Int8Curve curve{};
  const double scale = 31 / limit;  // pieces a unit of x
  curve.limit = static_cast<float>(limit);
  curve.scale = static_cast<float>(scale);
  for (int k = 0; k < 32; ++k) {
    const double low = k == 0 ? 0 : k - 0.5, high = k == 31 ? 31 : k + 0.5;
    std::array<double, 3> x{}, value{};
    for (std::size_t i = 0; i < 3; ++i) {
      const double node = std::cos(std::acos(-1.0) * (2 * static_cast<double>(i) + 1) / 6);
      x[i] = ((low + high) / 2 - node * (high - low) / 2) / scale;
      value[i] = f(x[i]);
    }
    const std::array<double, 3> p = parabola(x, value);
    for (std::size_t i = 0; i < 3; ++i) curve.c[i][k] = static_cast<float>(p[i]);
  }
  return curve;
}

}  // namespace

const Int8Curves& int8_curves() {
  // σ(x) − 1/2 = tanh(x/2)/2: half the slope, so its pieces may be twice as wide.
  static const Int8Curves curves = {
      tabulate(5.8125, [](double x) { return std::tanh(x); }),
      tabulate(11.625, [](double x) { return std::tanh(x / 2) / 2; })};
  return curves;
}

}  // namespace gemel::infer
