#include "train/evaluation/logarithm_fit.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace gemel::evaluation {
namespace {

constexpr double kWorthIt = 0.002;  // of log-loss a pair
constexpr std::size_t kSize = 3;
using Vector = std::array<double, kSize>;

double mean_loss(std::span<const double> distances, std::span<const double> targets,
                 const CalibrationCurve& curve) {
  double sum = 0;
  for (std::size_t i = 0; i < distances.size(); ++i) {
    const double z = curve.logit(distances[i]);
    sum += std::max(z, 0.0) + std::log1p(std::exp(-std::fabs(z))) - targets[i] * z;
  }
  return sum / static_cast<double>(distances.size());
}

// Σ of gradient and Hessian over (w, v, b); a coefficient that is not used keeps out of both.
struct Normal {
  Vector gradient{};
  std::array<Vector, kSize> hessian{};
};

Normal normal_of(std::span<const double> distances, std::span<const double> targets,
                 const CalibrationCurve& curve, bool with_line) {
  Normal n;
  for (std::size_t i = 0; i < distances.size(); ++i) {
    const Vector x = {with_line ? -distances[i] : 0.0, -std::log(distances[i] + curve.near), 1.0};
    const double p = curve.probability(distances[i]);
    for (std::size_t r = 0; r < kSize; ++r) {
      n.gradient[r] += (p - targets[i]) * x[r];
      for (std::size_t c = 0; c < kSize; ++c) n.hessian[r][c] += p * (1 - p) * x[r] * x[c];
    }
  }
  for (std::size_t r = 0; r < kSize; ++r)
    n.hessian[r][r] += 1e-9 * (1 + n.hessian[r][r]);  // solvable, whatever is left out
  return n;
}

// Gaussian elimination; the matrix is symmetric and positive, so that no row need be exchanged.
Vector solve(Normal n) {
  for (std::size_t k = 0; k < kSize; ++k)
    for (std::size_t r = k + 1; r < kSize; ++r) {
      const double factor = n.hessian[r][k] / n.hessian[k][k];
      for (std::size_t c = k; c < kSize; ++c) n.hessian[r][c] -= factor * n.hessian[k][c];
      n.gradient[r] -= factor * n.gradient[k];
    }
  Vector x{};
  for (std::size_t k = kSize; k-- > 0;) {
    x[k] = n.gradient[k];
    for (std::size_t c = k + 1; c < kSize; ++c) x[k] -= n.hessian[k][c] * x[c];
    x[k] /= n.hessian[k][k];
  }
  return x;
}

// logit() leaves the logarithm out where v is not positive, so a step that crosses 0 is halved.
CalibrationCurve minimise(std::span<const double> distances, std::span<const double> targets,
                          CalibrationCurve curve, bool with_line) {
  double loss = mean_loss(distances, targets, curve);
  for (int round = 0; round < 100; ++round) {
    const Vector step = solve(normal_of(distances, targets, curve, with_line));
    double size = 1;
    for (; size > 1e-10; size /= 2) {
      const CalibrationCurve next{curve.w - size * step[0], curve.b - size * step[2],
                                  curve.v - size * step[1], curve.near};
      if (!(next.v > 0)) continue;
      const double reached = mean_loss(distances, targets, next);
      if (!(reached < loss - 1e-12)) continue;
      loss = reached;
      curve = next;
      break;
    }
    if (size <= 1e-10) break;
  }
  return curve;
}

}  // namespace

std::optional<CalibrationCurve> fit_logarithm(std::span<const double> distances,
                                              std::span<const double> targets,
                                              const CalibrationCurve& line) {
  std::vector<double> sorted(distances.begin(), distances.end());
  if (sorted.empty()) return std::nullopt;
  std::ranges::nth_element(sorted, sorted.begin() + std::ssize(sorted) / 2);
  const double near = sorted[sorted.size() / 2] / 20;
  if (!(near > 0)) return std::nullopt;
  CalibrationCurve best = minimise(distances, targets, {0, 0, 1, near}, true);
  if (best.w < 0) best = minimise(distances, targets, {0, 0, 1, near}, false);
  const double gain = mean_loss(distances, targets, line) - mean_loss(distances, targets, best);
  if (!(gain >= kWorthIt)) return std::nullopt;
  return best;
}

}  // namespace gemel::evaluation
