// The LSTM step and the projection over any number type; see kernels.hpp and vectors.hpp.
// GEMEL_ROWS texts are multiplied at a time: as many as leave their sums in registers.
#pragma once
#include "infer/engine/group_blocks.hpp"
#include "infer/engine/vectors.hpp"

namespace {

using gemel::infer::PoolArgs;
using gemel::infer::ProjectArgs;
constexpr int kRows = GEMEL_ROWS;

// Gates of some rows from their recurrent sums [rows, 4, W]. Sigmoids and tangents are written over
// common denominators, with e^-x clamped where they have long been flat, so that a unit costs five
// exponentials and two divisions:
//   c' = σ(f) c + σ(i) tanh(g),  σ(x) = 1 / (1 + e^-x),  tanh(x) = (1 - e^-2x) / (1 + e^-2x).
// A function of its own, never inlined: the same instructions for a row wherever it stands.
template <bool kFirst, class Input, class Hidden>
__attribute__((noinline)) void apply_gates(const StepArgs& a, std::int64_t first, int rows,
                                           std::int64_t group, const float* sums) {
  for (int r = 0; r < rows; ++r, sums += 4 * W) {
    const std::int64_t row = first + r, at = (group * a.capacity + row) * W;
    const Input* const x = static_cast<const Input*>(a.input[row]) + group * 4 * W;
    // The rows lie anywhere in the table, too many streams for the hardware to follow.
    GEMEL_UNROLL
    for (std::size_t ahead = 0; ahead < 4 * W * sizeof(Input); ahead += 64)
      __builtin_prefetch(reinterpret_cast<const char*>(x + 4 * W) + ahead);
    const Floats input = exponential(-clamp(load(sums) + load_gate(x, 0), 28.0f)) + 1.0f;
    const Floats forget = exponential(-clamp(load(sums + W) + load_gate(x, 1), 28.0f)) + 1.0f;
    const Floats candidate =
        exponential(clamp(load(sums + 2 * W) + load_gate(x, 2), 14.0f) * -2.0f);
    const Floats output = exponential(-clamp(load(sums + 3 * W) + load_gate(x, 3), 28.0f)) + 1.0f;
    const Floats made = input * (candidate + 1.0f);
    Floats found = (1.0f - candidate) * forget;
    if (!kFirst) found += load(a.c + at) * made;
    const Floats c = found / (made * forget);
    store(a.c + at, c);
    const Floats tangent = exponential(clamp(c, 14.0f) * -2.0f);
    const Floats h = (1.0f - tangent) / (output * (tangent + 1.0f));
    store(static_cast<Hidden*>(a.h_next) + row * a.width + group * W, h);
    if (a.sum) store(a.sum + at, kFirst ? h : load(a.sum + at) + h);
    if (a.max) {
      const Floats best = kFirst ? h : load(a.max + at);
      store(a.max + at, h > best ? h : best);
    }
    if (a.last) store(a.last + at, h);
    if (a.states) store(a.states[row] + group * W, h);
  }
}

// Adds column k of R rows to their sums over one group.
template <int R>
GEMEL_INLINE void add_f32(const float* const* x, std::int64_t k, const float* w,
                          Floats (&sum)[R][4]) {
  Floats column[4];
  GEMEL_UNROLL
  for (int j = 0; j < 4; ++j) column[j] = load(w + j * W);
  GEMEL_UNROLL
  for (int r = 0; r < R; ++r) {
    const Floats value = splat(x[r][k]);
    GEMEL_UNROLL
    for (int j = 0; j < 4; ++j) sum[r][j] += value * column[j];
  }
}

template <int R>
GEMEL_INLINE void store_sums(const Floats (&sum)[R][4], float* sums) {
  GEMEL_UNROLL
  for (int r = 0; r < R; ++r) GEMEL_UNROLL
  for (int j = 0; j < 4; ++j) store(sums + (r * 4 + j) * W, sum[r][j]);
}

// sums[R, 4, W] of R rows over one group. Every row's sum runs over k in order, whatever R.
template <int R>
GEMEL_INLINE void multiply_f32(const float* const* x, std::int64_t depth, const float* w,
                               float* sums) {
  Floats sum[R][4] = {};
  for (std::int64_t k = 0; k < depth; ++k, w += 4 * W) add_f32(x, k, w, sum);
  store_sums(sum, sums);
}

// Calls multiply.run<R>() with the number of rows as a constant.
template <class Multiply>
GEMEL_INLINE void with_rows(int rows, const Multiply& multiply) {
  switch (rows) {
    case 1:
      return multiply.template run<1>();
    case 2:
      return multiply.template run<2>();
#if GEMEL_ROWS > 3
    case 3:
      return multiply.template run<3>();
    case 4:
      return multiply.template run<4>();
    case 5:
      return multiply.template run<5>();
#endif
    default:
      return multiply.template run<kRows>();
  }
}

struct MultiplyF32 {
  const float* const* x;
  std::int64_t depth;
  const float* w;
  float* sums;
  template <int R>
  GEMEL_INLINE void run() const {
    multiply_f32<R>(x, depth, w, sums);
  }
};

// The step of a text's first token, which has no product.
template <class Input, class Hidden>
GEMEL_INLINE void first_step(const StepArgs& a) {
  alignas(64) constexpr float kNothing[kRows * 4 * W] = {};
  for (std::int64_t group = 0; group < a.width / W; ++group)
    for (std::int64_t first = 0; first < a.rows; first += kRows) {
      const int rows = static_cast<int>(a.rows - first < kRows ? a.rows - first : kRows);
      apply_gates<true, Input, Hidden>(a, first, rows, group, kNothing);
    }
}

// One step; Product(a, first row, group, sums) is made for each block of rows and group.
template <class Product, class Input, class Hidden>
GEMEL_INLINE void step(const StepArgs& a) {
  if (a.first) return first_step<Input, Hidden>(a);
  alignas(64) float sums[kRows * 4 * W];
  for (std::int64_t group = 0; group < a.width / W; ++group)
    for (std::int64_t first = 0; first < a.rows; first += kRows) {
      const int rows = static_cast<int>(a.rows - first < kRows ? a.rows - first : kRows);
      with_rows(rows, Product{a, first, group, sums});
      apply_gates<false, Input, Hidden>(a, first, rows, group, sums);
    }
}

template <class Out>
GEMEL_INLINE void project(const ProjectArgs& a) {
  alignas(64) float sums[kRows * 4 * W];
  for (std::int64_t group = 0; group < a.groups; ++group)
    for (std::int64_t first = 0; first < a.rows; first += kRows) {
      const int rows = static_cast<int>(a.rows - first < kRows ? a.rows - first : kRows);
      with_rows(rows, MultiplyF32{a.x + first, a.depth, a.weights + group * a.depth * 4 * W, sums});
      const std::int64_t at = group * 4 * W;
      for (int r = 0; r < rows; ++r) {
        Floats gate[4];
        GEMEL_UNROLL
        for (int j = 0; j < 4; ++j)
          gate[j] = load(sums + (r * 4 + j) * W) + load(a.bias + at + j * W);
        store_gates(static_cast<Out*>(a.out[first + r]) + at, gate);
      }
    }
}

GEMEL_INLINE void pool(const PoolArgs& a) {
  const float* states = a.states;
  for (std::int64_t from = 0; from < a.hidden; from += W, states += a.stride) {
    Floats x = load(states);
    if (a.divisor != 1) x /= splat(a.divisor);
    const std::int64_t left = a.hidden - from;
    std::memcpy(a.out + from, &x, static_cast<std::size_t>(left < W ? left : W) * sizeof(float));
  }
}

// The f32 recurrent product.
struct ProductF32 {
  const StepArgs& a;
  std::int64_t first, group;
  float* sums;
  template <int R>
  GEMEL_INLINE void run() const {
    const float* x[R];
    for (int r = 0; r < R; ++r) x[r] = static_cast<const float*>(a.h) + (first + r) * a.width;
    const GroupBlocks blocks(a, group);
    const float* w = static_cast<const float*>(a.weights) + blocks.first * 16 * W;
    Floats sum[R][4] = {};
    for (std::int64_t i = 0; i < blocks.count; ++i) {
      const std::int64_t state = blocks.state(i);
      for (std::int64_t k = state; k < state + 4; ++k, w += 4 * W) add_f32(x, k, w, sum);
    }
    store_sums(sum, sums);
  }
};

}  // namespace
