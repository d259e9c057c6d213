#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/encoder_config.hpp"

namespace gemel::dnn {

/// True if this CPU and this oneDNN can train and run recurrent layers of every cell in that type.
bool supported(Precision);
/// bf16 where it is supported and faster, else f32.
Precision best_precision();
/// "oneDNN 2.6.3, AVX512_CORE_BF16" – for reports.
std::string describe_backend();

/// Stream and growing scratch buffers of one worker thread. Not thread-safe; create one a worker
/// and use it from one thread at a time. Executes single-threaded, callers parallelise over batches
/// (see parallel_for): calls keep OpenMP to one thread while they run and leave its setting as they
/// found it.
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

/// Dense layer y[M, out] = x[M, in] · W[in, out] + b on oneDNN matmul, f32. Immutable and
/// shareable between threads. A row of y does not depend, bit for bit, on M, on its place or on the
/// other rows. b may be null. Strides are in elements from row to row, in or out or more.
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
