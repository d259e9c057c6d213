#pragma once
#include <cstdint>
#include <memory>

#include "core/precision.hpp"

namespace gemel::bench {

/// oneDNN's matrix product [M, K] × [K, N] in its own layout of the weights; int8 is u8 × s8 → s32.
class RawMatmul {
 public:
  RawMatmul(std::int64_t m, std::int64_t k, std::int64_t n, Precision);
  ~RawMatmul();
  void run();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gemel::bench
