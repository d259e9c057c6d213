#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace gemel {

/// How two sentence embeddings are compared. Each has a distance (small = alike, >= 0) and a score
/// (large = alike) that is a strictly decreasing function of it:
///   cosine         d = 1 − u·v/(|u||v|), 0 to 2            score = 1 − d
///   manhattan      d = Σ|u−v|                              score = −d
///   euclidean      d = sqrt(Σ(u−v)²)                       score = −d
///   exp_manhattan  d = 1 − exp(−Σ|u−v|), 0 to 1 (MaLSTM)   score = 1 − d
enum class Metric { cosine, manhattan, euclidean, exp_manhattan };

std::string_view name(Metric);
Metric metric_from_name(std::string_view);  ///< throws Error with the allowed names

/// Distance of two vectors of n floats. A zero vector has cosine distance 1 to everything.
/// The result does not depend on the vectors' alignment; symmetric bit for bit. Thread-safe.
float distance(Metric, const float* u, const float* v, std::int64_t n);

/// u·v, summed in the order that distance() sums it.
float inner_product(const float* u, const float* v, std::int64_t n);
/// Cosine distance from u·v, |u|² and |v|²: what distance() returns, bit for bit, when the three
/// come from inner_product(). Exactly 0 where all three are equal.
inline float cosine_distance(float uv, float uu, float vv) {
  // The product of two floats is exact in double, so uv == uu == vv gives 1 exactly.
  const double cosine = double{uv} / std::sqrt(double{uu} * double{vv});
  const auto d = static_cast<float>(std::clamp(1.0 - cosine, 0.0, 2.0));
  return uu == 0.0f || vv == 0.0f ? 1.0f : d;
}

/// Score of a distance, and back.
constexpr float score_from_distance(Metric m, float d) {
  return m == Metric::cosine || m == Metric::exp_manhattan ? 1.0f - d : -d;
}
constexpr float distance_from_score(Metric m, float s) {
  return m == Metric::cosine || m == Metric::exp_manhattan ? 1.0f - s : -s;
}

}  // namespace gemel
