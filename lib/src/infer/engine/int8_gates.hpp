// The gates of the int8 kernels, on AVX-512: what a state becomes of its sums, and its codes.
// Intrinsics, because no compiler here finds a look-up among 32 floats in C++.
#pragma once
#include <immintrin.h>

#include "infer/engine/int8_curves.hpp"
#include "infer/engine/kernels.hpp"
#include "infer/engine/vectors.hpp"

namespace {

using gemel::infer::Int8Curve;
using gemel::infer::StepArgs;

// Turns the sign bit of four codes: code + 128, what VNNI wants of one factor.
constexpr std::uint32_t kWithoutSign = 0x80808080u;

constexpr float kRound = 12582912.0f;  // 1.5 · 2^23

// Codes round(127 x) of x in [-1, 1], 128 more with kPlus128.
template <bool kPlus128>
GEMEL_INLINE __m128i codes_of(__m512 x) {
  const __m512i code =
      _mm512_castps_si512(_mm512_fmadd_ps(x, _mm512_set1_ps(127.0f), _mm512_set1_ps(kRound)));
  const __m128i codes = _mm512_cvtepi32_epi8(code);
  return kPlus128 ? _mm_xor_si128(codes, _mm_set1_epi32(static_cast<int>(kWithoutSign))) : codes;
}

template <bool kPlus128>
GEMEL_INLINE void store_codes(std::int8_t* to, __m512 x) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), codes_of<kPlus128>(x));
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

// The gates of a row over one group, from its sums [4, W]; of a text's first token, which has none,
// without looking at them.
//   c' = σ(f) c + σ(i) tanh(g),  h' = σ(o) tanh(c')
// In two halves, for a caller that has other work to put between them.
template <bool kFirst, bool kPlus128>
class Int8Gates {
 public:
  // What the first half leaves to the second: σ(i) tanh(g), and σ(f) and σ(o) less a half.
  struct Half {
    __m512 added, forget, output;
  };

  explicit Int8Gates(const StepArgs& a)
      : a_(a),
        tangent_(gemel::infer::int8_curves().tangent),
        sigmoid_(gemel::infer::int8_curves().sigmoid) {}

  GEMEL_INLINE Half begin(std::int64_t row, std::int64_t group, const std::int32_t* sums) const {
    const float* const scale = a_.scale + group * 4 * W;
    const auto* const x = static_cast<const std::uint16_t*>(a_.input[row]) + group * 4 * W;
    // The rows lie anywhere in the table, too many streams for the hardware to follow.
    __builtin_prefetch(x + 4 * W);
    __builtin_prefetch(x + 6 * W);
    const __m512 input = sigmoid_(before(x, sums, scale, 0));
    const __m512 forget = sigmoid_(before(x, sums, scale, 1));
    const __m512 candidate = tangent_(before(x, sums, scale, 2));
    const __m512 output = sigmoid_(before(x, sums, scale, 3));
    return {_mm512_mul_ps(plus_half(input), candidate), forget, output};
  }

  GEMEL_INLINE void end(std::int64_t row, std::int64_t group, const Half& half) const {
    const std::int64_t at = (group * a_.capacity + row) * W;
    const __m512 c =
        kFirst ? half.added
               : _mm512_fmadd_ps(plus_half(half.forget), _mm512_loadu_ps(a_.c + at), half.added);
    _mm512_storeu_ps(a_.c + at, c);
    keep(row, group, at, _mm512_mul_ps(plus_half(half.output), tangent_(c)));
  }

  // Both halves of some rows, from [rows, 4, W].
  GEMEL_INLINE void operator()(std::int64_t first, std::int64_t rows, std::int64_t group,
                               const std::int32_t* sums) const {
    for (std::int64_t row = first; row < first + rows; ++row, sums += kFirst ? 0 : 4 * W)
      end(row, group, begin(row, group, sums));
  }

 private:
  static GEMEL_INLINE __m512 plus_half(__m512 x) { return _mm512_add_ps(x, _mm512_set1_ps(0.5f)); }

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

}  // namespace
