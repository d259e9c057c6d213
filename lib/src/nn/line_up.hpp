#pragma once
#include <cstdint>

#include "nn/bf16.hpp"
#include "nn/ragged.hpp"

/// States of two reading orders side by side, and apart again. A kind that reads in one order only
/// has no `backward` buffer, and its states are copied as they are.
namespace gemel::nn {

/// states[t] = forward ‖ backward state of step t: [T, N, S], zero on padding. y: [T, N, S/2] each,
/// or [T, N, S] alone.
template <class Real>
void line_up(const Ragged&, std::int64_t width, Directions<const Real> y, float* states);

/// The reverse; y is overwritten, zero on padding.
void take_apart(const Ragged&, std::int64_t width, const float* states, Directions<float> y);

}  // namespace gemel::nn
