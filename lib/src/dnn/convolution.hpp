#pragma once
#include <cstdint>
#include <memory>

#include "core/aligned.hpp"
#include "dnn/context.hpp"

namespace gemel::dnn {

/// Convolution over a sequence of rows on oneDNN's primitives, f32:
/// y[m] = bias + Σ_k x[m + k] · weight[k], k = 0 to width − 1. There is no padding: whoever wants
/// the edges of a text to meet zeros puts width − 1 zero rows there, and may so lay many texts end
/// to end. Works in blocks of a fixed number of rows: one compiled primitive serves every
/// length, and a row of y does not depend, bit for bit, on M, on its place or on rows that it does
/// not read. Immutable and shareable between threads.
class Convolution {
 public:
  /// Weights in the primitives' layouts. Immutable after pack(); shareable.
  struct Packed {
    AlignedBuffer<std::byte> forward, backward;  // backward in training only
    AlignedBuffer<float> bias;                   // [F]
  };

  /// E floats a row in, F (filters) floats a row out, both 1 or more; width 1 or more rows.
  Convolution(std::int64_t in, std::int64_t filters, std::int64_t width);
  ~Convolution();
  Convolution(Convolution&&) noexcept;
  std::int64_t in() const;
  std::int64_t filters() const;
  std::int64_t width() const;

  /// weight: [width, E, F]; bias: [F].
  void pack(Context&, const float* weight, const float* bias, bool training, Packed&) const;
  /// x: [M + width − 1, E]; y: [M, F], overwritten.
  void forward(Context&, const Packed&, std::int64_t rows, const float* x, float* y) const;
  /// dy: [M, F]. dx [M + width − 1, E], dweight and dbias are added to; dx may be null.
  void backward(Context&, const Packed&, std::int64_t rows, const float* x, const float* dy,
                float* dx, float* dweight, float* dbias) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gemel::dnn
