// What the int8 kernels share, on AVX-512 with VNNI: the product of some rows, and the gates. Sums
// of products are exact, so the bits of a row depend on nothing but the row. Intrinsics, because no
// compiler here finds "add four products of bytes" or a look-up among 32 floats in C++.
#pragma once
#include <immintrin.h>

#include "infer/engine/int8_curves.hpp"
#include "infer/engine/kernels.hpp"
#include "infer/engine/vectors.hpp"

namespace {

using gemel::infer::CodeArgs;
using gemel::infer::Int8Curve;
using gemel::infer::StepArgs;

// Turns the sign bit of four codes: code + 128, what VNNI wants of one factor.
constexpr std::uint32_t kWithoutSign = 0x80808080u;

// Σ w_code h_code of R rows over one group → sums [R, 4, W]. Weights: [Hp/4, 4, W, 4]. h_code + 128
// is made good by starting from −128 Σ w_code.
// @tparam kPlus128 whether h already holds that, and can be multiplied as it stands in memory
template <int R, bool kPlus128>
GEMEL_INLINE void multiply_int8(const StepArgs& a, std::int64_t first, std::int64_t group,
                                std::int32_t* sums) {
  const auto* w = static_cast<const std::int8_t*>(a.weights) + group * a.width * 4 * W;
  const auto* h = static_cast<const std::int8_t*>(a.h) + first * a.width;
  __m512i sum[R][4];
  GEMEL_UNROLL
  for (int r = 0; r < R; ++r) GEMEL_UNROLL
  for (int j = 0; j < 4; ++j) sum[r][j] = _mm512_loadu_si512(a.start + (group * 4 + j) * W);
  for (std::int64_t k = 0; k < a.width; k += 4, w += 16 * W) {
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
  GEMEL_UNROLL
  for (int r = 0; r < R; ++r) GEMEL_UNROLL
  for (int j = 0; j < 4; ++j) _mm512_storeu_si512(sums + (r * 4 + j) * W, sum[r][j]);
}

constexpr float kRound = 12582912.0f;  // 1.5 · 2^23

// Codes round(127 x) of x in [-1, 1], 128 more with kPlus128.
template <bool kPlus128>
GEMEL_INLINE void store_codes(std::int8_t* to, __m512 x) {
  const __m512i code =
      _mm512_castps_si512(_mm512_fmadd_ps(x, _mm512_set1_ps(127.0f), _mm512_set1_ps(kRound)));
  __m128i codes = _mm512_cvtepi32_epi8(code);
  if (kPlus128) codes = _mm_xor_si128(codes, _mm_set1_epi32(static_cast<int>(kWithoutSign)));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), codes);
}

struct Curve {
  __m512 limit, scale, c[3][2];
  explicit Curve(const Int8Curve& curve)
      : limit(_mm512_set1_ps(curve.limit)), scale(_mm512_set1_ps(curve.scale)) {
    for (int i = 0; i < 3; ++i)
      for (int half = 0; half < 2; ++half) c[i][half] = _mm512_load_ps(curve.c[i] + 16 * half);
  }
  GEMEL_INLINE __m512 operator()(__m512 x) const {
    constexpr int kSmallerMagnitudeWithoutSign = 0b1010;
    const __m512 a = _mm512_range_ps(x, limit, kSmallerMagnitudeWithoutSign);
    // Adding 1.5 · 2^23 leaves the rounded number in the low bits, all that the look-up reads.
    const __m512i k = _mm512_castps_si512(_mm512_fmadd_ps(a, scale, _mm512_set1_ps(kRound)));
    __m512 f = _mm512_permutex2var_ps(c[2][0], k, c[2][1]);
    f = _mm512_fmadd_ps(f, a, _mm512_permutex2var_ps(c[1][0], k, c[1][1]));
    f = _mm512_fmadd_ps(f, a, _mm512_permutex2var_ps(c[0][0], k, c[0][1]));
    constexpr int kBitwiseSelect = 0xd8;  // where the third is 1 the second, else the first
    return _mm512_castsi512_ps(
        _mm512_ternarylogic_epi32(_mm512_castps_si512(f), _mm512_castps_si512(x),
                                  _mm512_set1_epi32(INT32_MIN), kBitwiseSelect));
  }
};

// The gates of some rows over one group, from their sums [rows, 4, W]; of a text's first token,
// which has none, without looking at them.
template <bool kFirst, bool kPlus128>
class Int8Gates {
 public:
  explicit Int8Gates(const StepArgs& a)
      : a_(a),
        tangent_(gemel::infer::int8_curves().tangent),
        sigmoid_(gemel::infer::int8_curves().sigmoid) {}

  // c' = σ(f) c + σ(i) tanh(g),  h' = σ(o) tanh(c')
  GEMEL_INLINE void operator()(std::int64_t first, std::int64_t rows, std::int64_t group,
                               const std::int32_t* sums) const {
    const float* const scale = a_.scale + group * 4 * W;
    const __m512 half = _mm512_set1_ps(0.5f);
    for (std::int64_t row = first; row < first + rows; ++row, sums += kFirst ? 0 : 4 * W) {
      const auto* const x = static_cast<const std::uint16_t*>(a_.input[row]) + group * 4 * W;
      // The rows lie anywhere in the table, too many streams for the hardware to follow.
      __builtin_prefetch(x + 4 * W);
      __builtin_prefetch(x + 6 * W);
      const __m512 input = sigmoid_(before(x, sums, scale, 0));
      const __m512 forget = sigmoid_(before(x, sums, scale, 1));
      const __m512 candidate = tangent_(before(x, sums, scale, 2));
      const __m512 output = sigmoid_(before(x, sums, scale, 3));
      const std::int64_t at = (group * a_.capacity + row) * W;
      const __m512 added = _mm512_mul_ps(_mm512_add_ps(input, half), candidate);
      const __m512 c =
          kFirst ? added
                 : _mm512_fmadd_ps(_mm512_add_ps(forget, half), _mm512_loadu_ps(a_.c + at), added);
      _mm512_storeu_ps(a_.c + at, c);
      keep(row, group, at, _mm512_mul_ps(_mm512_add_ps(output, half), tangent_(c)));
    }
  }

 private:
  // W·x + b + U·h of one gate
  static GEMEL_INLINE __m512 before(const std::uint16_t* x, const std::int32_t* sums,
                                    const float* scale, int gate) {
    const __m512 input = reinterpret_cast<__m512>(load_gate(x, gate));
    if (kFirst) return input;
    return _mm512_fmadd_ps(_mm512_cvtepi32_ps(_mm512_loadu_si512(sums + gate * W)),
                           _mm512_loadu_ps(scale + gate * W), input);
  }

  // The state's code for the next step, and h where it is asked for.
  GEMEL_INLINE void keep(std::int64_t row, std::int64_t group, std::int64_t at, __m512 h) const {
    store_codes<kPlus128>(static_cast<std::int8_t*>(a_.h_next) + row * a_.width + group * W, h);
    if (a_.sum)
      _mm512_storeu_ps(a_.sum + at, kFirst ? h : _mm512_add_ps(_mm512_loadu_ps(a_.sum + at), h));
    if (a_.max)
      _mm512_storeu_ps(a_.max + at, kFirst ? h : _mm512_max_ps(_mm512_loadu_ps(a_.max + at), h));
    if (a_.last) _mm512_storeu_ps(a_.last + at, h);
    if (a_.states) _mm512_storeu_ps(a_.states[row] + group * W, h);
  }

  StepArgs a_;
  Curve tangent_, sigmoid_;
};

// The product of a few rows, at most as many as leave their sums in registers.
template <bool kOffset>
struct MultiplyRows {
  static constexpr std::int64_t kMost = 6;
  static constexpr bool kPlus128 = kOffset;
  GEMEL_INLINE void operator()(const StepArgs& a, std::int64_t first, std::int64_t rows,
                               std::int64_t group, std::int32_t* sums) const {
    switch (rows) {
      case 1:
        return multiply_int8<1, kPlus128>(a, first, group, sums);
      case 2:
        return multiply_int8<2, kPlus128>(a, first, group, sums);
      case 3:
        return multiply_int8<3, kPlus128>(a, first, group, sums);
      case 4:
        return multiply_int8<4, kPlus128>(a, first, group, sums);
      case 5:
        return multiply_int8<5, kPlus128>(a, first, group, sums);
      default:
        return multiply_int8<kMost, kPlus128>(a, first, group, sums);
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

template <class Multiply>
GEMEL_INLINE void step_int8(const StepArgs& a) {
  if (!a.first)
    return for_each_block<Multiply>(a, a.width / W, Int8Gates<false, Multiply::kPlus128>(a));
  const Int8Gates<true, Multiply::kPlus128> gates(a);
  for (std::int64_t group = 0; group < a.width / W; ++group) gates(0, a.rows, group, nullptr);
}

template <bool kPlus128>
GEMEL_INLINE void to_codes(const CodeArgs& p) {
  for (std::int64_t row = 0; row < p.rows; ++row)
    for (std::int64_t k = 0; k < p.depth; k += W) {
      const std::int64_t left = p.width - k;
      const auto lanes = static_cast<__mmask16>(left >= W  ? 0xffff
                                                : left > 0 ? (1 << left) - 1
                                                           : 0);
      store_codes<kPlus128>(p.codes + row * p.depth + k,
                            _mm512_maskz_loadu_ps(lanes, p.x[row] + k));
    }
}

template <class Multiply>
GEMEL_INLINE void project_int8(const CodeArgs& p) {
  to_codes<Multiply::kPlus128>(p);
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
