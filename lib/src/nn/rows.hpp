#pragma once
#include <cstdint>

#include "nn/bf16.hpp"

/// Loops over one contiguous row of n elements, compiled for several instruction sets. An
/// element's result depends on that element alone (and, in dot, on the order, which is fixed), so
/// the same row gives the same bits wherever it stands. Ranges do not overlap.
namespace gemel::nn {

void narrow_row(const float* x, std::int64_t n, float* y);  ///< y = x, rounded
void narrow_row(const float* x, std::int64_t n, Bf16* y);
void widen_row(const float* x, std::int64_t n, float* y);  ///< y = x
void widen_row(const Bf16* x, std::int64_t n, float* y);
void add_row(const float* x, std::int64_t n, float* y);  ///< y += x
void add_row(const Bf16* x, std::int64_t n, float* y);
void max_row(const float* x, std::int64_t n, float* best);  ///< best = max(best, x)
void max_row(const Bf16* x, std::int64_t n, float* best);
/// The same, and where x is greater its step is noted; the first of equals stays.
void argmax_row(const float* x, std::int64_t n, std::int32_t step, float* best, std::int32_t* arg);
void argmax_row(const Bf16* x, std::int64_t n, std::int32_t step, float* best, std::int32_t* arg);

void scale_row(const float* x, std::int64_t n, float factor, float* y);       ///< y = factor·x
void add_scaled_row(const float* x, std::int64_t n, float factor, float* y);  ///< y += factor·x
void sum_row(const float* a, const float* b, std::int64_t n, float* y);       ///< y = a + b
/// y += x where arg == step.
void add_where_row(const float* x, const std::int32_t* arg, std::int32_t step, std::int64_t n,
                   float* y);
/// y = tanh(x) within 2e-7, in place.
void tanh_row(std::int64_t n, float* x);
/// dx = dy·(1 − y²), in place: the backward of y = tanh(x).
void tanh_backward_row(const float* y, std::int64_t n, float* dy);
float dot(const float* a, const float* b, std::int64_t n);

}  // namespace gemel::nn
