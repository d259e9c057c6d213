#pragma once
#include "nn/ragged.hpp"

namespace gemel::nn {

/// Redundancy of attention heads (Lin et al. 2017): Σ_n ‖A·Aᵀ − I‖²_F over texts, A the weights of
/// text n, [heads, its length]. It is least where each head looks at one token and no two at the
/// same.
/// @param weights [T, N, heads]
/// @param factor of the gradient, not of what is returned
/// @param dweights [T, N, heads], overwritten with factor · gradient, zero on padding
double attention_penalty(const Ragged&, int heads, const float* weights, double factor,
                         float* dweights);

}  // namespace gemel::nn
