// What the int8 kernels share, on AVX-512 with VNNI: the product of some rows, a step and the
// projection. Sums of products are exact, so the bits of a row depend on nothing but the row.
// Intrinsics, because no compiler here finds "add four products of bytes" in C++.
#pragma once
#include <immintrin.h>

#include "infer/engine/compiled.hpp"
#include "infer/engine/group_blocks.hpp"
#include "infer/engine/int8_gates.hpp"

namespace {

using gemel::infer::CodeArgs;
using gemel::infer::PoolArgs;

// Other work that a product leaves room for; none.
struct Nothing {
  static constexpr std::int64_t kParts = 1;
  void operator()(std::int64_t) const {}
};

// All blocks of a matrix without zeros: [groups, depth/4, 4, W, 4].
struct AllBlocks {
  std::int64_t first, count;
  AllBlocks(const StepArgs& a, std::int64_t group)
      : first(group * a.width / 4), count(a.width / 4) {}
  GEMEL_INLINE std::int64_t state(std::int64_t i) const { return 4 * i; }
};

// Σ w_code h_code of R rows over one group → sums [R, 4, W]. Weights: [blocks, 4, W, 4]. h_code +
// 128 is made good by starting from −128 Σ w_code.
// The product is made in parts, and between(part) goes before each.
// @tparam kPlus128 whether h already holds that, and can be multiplied as it stands in memory
template <int R, bool kPlus128, class Blocks, class Between>
GEMEL_INLINE void multiply_int8(const StepArgs& a, std::int64_t first, std::int64_t group,
                                std::int32_t* sums, const Between& between) {
  const Blocks blocks(a, group);
  const auto* w = static_cast<const std::int8_t*>(a.weights) + blocks.first * 16 * W;
  const auto* h = static_cast<const std::int8_t*>(a.h) + first * a.width;
  __m512i sum[R][4];
  GEMEL_UNROLL
  for (int r = 0; r < R; ++r) GEMEL_UNROLL
  for (int j = 0; j < 4; ++j) sum[r][j] = _mm512_loadu_si512(a.start + (group * 4 + j) * W);
  std::int64_t i = 0;
  for (std::int64_t part = 0; part < Between::kParts; ++part) {
    between(part);
    const std::int64_t end = (part + 1) * blocks.count / Between::kParts;
    for (; i < end; ++i, w += 16 * W) {
      const std::int64_t k = blocks.state(i);
      __m512i column[4];
      GEMEL_UNROLL
      for (int j = 0; j < 4; ++j) column[j] = _mm512_loadu_si512(w + j * 4 * W);
      GEMEL_UNROLL
      for (int r = 0; r < R; ++r) {
        std::uint32_t four;
        std::memcpy(&four, h + r * a.width + k, sizeof four);
        const __m512i codes =
            _mm512_set1_epi32(static_cast<std::int32_t>(kPlus128 ? four : four ^ kWithoutSign));
        GEMEL_UNROLL
        for (int j = 0; j < 4; ++j) sum[r][j] = _mm512_dpbusd_epi32(sum[r][j], codes, column[j]);
      }
    }
  }
  GEMEL_UNROLL
  for (int r = 0; r < R; ++r) GEMEL_UNROLL
  for (int j = 0; j < 4; ++j) _mm512_storeu_si512(sums + (r * 4 + j) * W, sum[r][j]);
}

// The product of a few rows, at most as many as leave their sums in registers.
template <bool kOffset, class Blocks = GroupBlocks>
struct MultiplyRows {
  static constexpr std::int64_t kMost = 6;
  static constexpr bool kPlus128 = kOffset;
  template <class Between = Nothing>
  GEMEL_INLINE void operator()(const StepArgs& a, std::int64_t first, std::int64_t rows,
                               std::int64_t group, std::int32_t* sums,
                               const Between& between = {}) const {
    switch (rows) {
      case 1:
        return multiply_int8<1, kPlus128, Blocks>(a, first, group, sums, between);
      case 2:
        return multiply_int8<2, kPlus128, Blocks>(a, first, group, sums, between);
      case 3:
        return multiply_int8<3, kPlus128, Blocks>(a, first, group, sums, between);
      case 4:
        return multiply_int8<4, kPlus128, Blocks>(a, first, group, sums, between);
      case 5:
        return multiply_int8<5, kPlus128, Blocks>(a, first, group, sums, between);
      default:
        return multiply_int8<kMost, kPlus128, Blocks>(a, first, group, sums, between);
    }
  }
};

// use(first, rows, group, sums [rows, 4, W]) for all blocks of rows of all groups.
template <class Multiply, class Use>
GEMEL_INLINE void for_each_block(const StepArgs& a, std::int64_t groups, const Use& use) {
  alignas(64) std::int32_t sums[Multiply::kMost * 4 * W];
  for (std::int64_t group = 0; group < groups; ++group)
    for (std::int64_t first = 0; first < a.rows; first += Multiply::kMost) {
      const std::int64_t rows = a.rows - first < Multiply::kMost ? a.rows - first : Multiply::kMost;
      Multiply()(a, first, rows, group, sums);
      use(first, rows, group, sums);
    }
}

// One step, a block's product and its gates in turn.
template <class Multiply>
GEMEL_INLINE void step_int8(const StepArgs& a) {
  if (!a.first)
    return for_each_block<Multiply>(a, a.width / W, Int8Gates<false, Multiply::kPlus128>(a));
  const Int8Gates<true, Multiply::kPlus128> gates(a);
  for (std::int64_t group = 0; group < a.width / W; ++group) gates(0, a.rows, group, nullptr);
}

// The gates of a block of rows, half a row for each part of the next block's product.
template <class Gates, std::int64_t kMost>
struct GatesBetween {
  static constexpr std::int64_t kParts = 2 * kMost;
  const Gates& gates;
  std::int64_t first = 0, rows = 0, group = 0;
  const std::int32_t* sums = nullptr;
  mutable typename Gates::Half half = {};
  GEMEL_INLINE void operator()(std::int64_t part) const {
    const std::int64_t row = part / 2;
    if (row >= rows) return;
    if (part % 2 == 0)
      half = gates.begin(first + row, group, sums + row * 4 * W);
    else
      gates.end(first + row, group, half);
  }
};

// Of few rows, or of texts' first tokens. Never inlined: in one function with what follows the
// compiler keeps the sums of three rows in memory.
template <bool kPlus128>
__attribute__((noinline)) void step_in_turn(const StepArgs& a) {
  step_int8<MultiplyRows<kPlus128>>(a);
}

// One step without tiles. Gates mostly wait for look-ups and for each other, and so take little
// more than the time of the products they stand among, if a block has rows enough.
template <bool kPlus128>
GEMEL_INLINE void step_int8_woven(const StepArgs& a) {
  using Multiply = MultiplyRows<kPlus128>;
  constexpr std::int64_t kFewest = 4;
  if (a.first || a.rows < kFewest) return step_in_turn<kPlus128>(a);
  const Int8Gates<false, kPlus128> gates(a);
  alignas(64) std::int32_t sums[2][Multiply::kMost * 4 * W];
  GatesBetween<Int8Gates<false, kPlus128>, Multiply::kMost> before{gates};
  int at = 0;
  for (std::int64_t group = 0; group < a.width / W; ++group)
    for (std::int64_t first = 0; first < a.rows; first += Multiply::kMost, at = 1 - at) {
      const std::int64_t rows = a.rows - first < Multiply::kMost ? a.rows - first : Multiply::kMost;
      Multiply()(a, first, rows, group, sums[at], before);
      before.first = first;
      before.rows = rows;
      before.group = group;
      before.sums = sums[at];
    }
  gates(before.first, before.rows, before.group, before.sums);
}

// Lanes of k to k + W that lie below `width`.
GEMEL_INLINE __mmask16 lanes_below(std::int64_t width, std::int64_t k) {
  const std::int64_t left = width - k;
  return static_cast<__mmask16>(left >= W ? 0xffff : left > 0 ? (1 << left) - 1 : 0);
}

// Floats are pooled as f32 kernels do.
template <bool kPlus128>
GEMEL_INLINE void pool_int8(const PoolArgs& a) {
  if (!a.codes) return gemel::infer::avx512_pool(a);
  const float* states = a.states;
  for (std::int64_t from = 0; from < a.hidden; from += W, states += a.stride) {
    __m512 x = _mm512_loadu_ps(states);
    if (a.divisor != 1) x = _mm512_div_ps(x, _mm512_set1_ps(a.divisor));
    _mm_mask_storeu_epi8(a.codes + from, lanes_below(a.hidden, from), codes_of<kPlus128>(x));
  }
}

template <bool kPlus128>
GEMEL_INLINE void to_codes(const CodeArgs& p) {
  for (std::int64_t row = 0; row < p.rows; ++row)
    for (std::int64_t k = 0; k < p.depth; k += W)
      store_codes<kPlus128>(p.codes + row * p.depth + k,
                            _mm512_maskz_loadu_ps(lanes_below(p.width, k), p.x[row] + k));
}

template <class Multiply>
GEMEL_INLINE void project_int8(const CodeArgs& p) {
  if (p.x) to_codes<Multiply::kPlus128>(p);
  StepArgs a;
  a.rows = p.rows;
  a.width = p.depth;
  a.weights = p.weights;
  a.start = p.start;
  a.h = p.codes;
  for_each_block<Multiply>(
      a, p.groups,
      [&](std::int64_t first, std::int64_t rows, std::int64_t group, const std::int32_t* sums) {
        for (std::int64_t row = first; row < first + rows; ++row)
          for (int j = 0; j < 4; ++j, sums += W) {
            const std::int64_t at = (group * 4 + j) * W;
            const __m512 product = _mm512_cvtepi32_ps(_mm512_loadu_si512(sums));
            _mm512_storeu_ps(p.out + row * p.groups * 4 * W + at,
                             _mm512_fmadd_ps(product, _mm512_loadu_ps(p.scale + at),
                                             _mm512_loadu_ps(p.bias + at)));
          }
      });
}

}  // namespace
