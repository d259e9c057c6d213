#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/encoder_config.hpp"

namespace gemel::dnn {

/// True if this CPU and this oneDNN can train and run an LSTM in that compute type.
bool supported(Precision);
/// bf16 where supported, else f32.
Precision best_precision();
/// "oneDNN 2.6.3, AVX512_CORE_BF16" – for reports.
std::string describe_backend();

/// Engine, stream and a growing scratch arena of one worker thread. Not thread-safe; create one a
/// worker and use it from that worker only. Executes single-threaded: callers parallelise over
/// batches (see parallel_for), each worker limiting OpenMP to itself.
class Context {
 public:
  Context();
  ~Context();
  Context(const Context&) = delete;
  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// Dense layer y[M, out] = x[M, in] · W[in, out] + b on oneDNN matmul, f32. Plans cached by M
/// inside; immutable and shareable. A row of y does not depend on M or on the other rows, bit for
/// bit. b may be null.
class Linear {
 public:
  Linear(std::int64_t in, std::int64_t out);
  ~Linear();
  Linear(Linear&&) noexcept;
  void forward(Context&, std::int64_t rows, const float* x, std::int64_t x_stride,
               const float* weight, const float* bias, float* y, std::int64_t y_stride) const;
  /// dx (overwritten; may be null); dweight and dbias (dbias may be null) are added to.
  void backward(Context&, std::int64_t rows, const float* x, std::int64_t x_stride,
                const float* weight, const float* dy, std::int64_t dy_stride, float* dx,
                std::int64_t dx_stride, float* dweight, float* dbias) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gemel::dnn
