#pragma once
#include <cstdint>

#include "core/metric.hpp"

namespace gemel::loss {

/// Adds dd·∂d/∂u to du and dd·∂d/∂v to dv, where d = distance(metric, u, v, n):
///   cosine         ∂d/∂u = (cos·u/|u| − v/|v|)/|u|
///   manhattan      ∂d/∂u = sign(u − v)
///   euclidean      ∂d/∂u = (u − v)/d
///   exp_manhattan  ∂d/∂u = (1 − d)·sign(u − v)
/// and ∂d/∂v the same with u and v exchanged. Where a distance has no derivative (u == v, u or v
/// zero under cosine, equal elements under the Manhattan ones) the gradient is 0, never NaN.
/// @param u, v, du, dv  [n]; du and dv may be the same memory
void distance_backward(Metric metric, const float* u, const float* v, std::int64_t n, float d,
                       float dd, float* du, float* dv);

/// The same for cosine where uv = u·v, uu = |u|² and vv = |v|² are known already.
void cosine_backward(const float* u, const float* v, std::int64_t n, float uv, float uu, float vv,
                     float dd, float* du, float* dv);

}  // namespace gemel::loss
