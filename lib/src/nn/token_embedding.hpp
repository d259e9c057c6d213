#pragma once
#include <cstdint>

#include "core/parameters.hpp"
#include "nn/dropout.hpp"
#include "nn/ragged.hpp"

namespace gemel::nn {

/// Reads rows of the table [V, E] in both reading orders, drops and rounds them, and zeroes
/// padding. x: [T, N, E] each. `row` is scratch of E floats. Ids of padding are not read.
template <class Real>
void embed_tokens(const float* table, std::int64_t width, const std::int32_t* ids,
                  const Ragged& batch, const DropoutMask& dropout, float* row, Directions<Real> x);

/// Adds the gradient of each token's row to parameter `index` of `gradients`. dx: [T, N, E] each.
void embed_tokens_backward(Directions<const float> dx, const std::int32_t* ids, const Ragged& batch,
                           const DropoutMask& dropout, float* row, int index,
                           GradientBlock& gradients);

}  // namespace gemel::nn
