#pragma once
#include <cstdint>
#include <memory>

#include "core/encoder_config.hpp"

namespace gemel::bench {

struct Shape {
  std::int64_t steps, texts, input, hidden;  // T, N, I, H
  Precision precision;
};

/// oneDNN's LSTM primitive, one direction, used as directly as its interface allows: layouts of its
/// own choice for this very shape, everything compiled, packed and allocated beforehand.
class RawLstm {
 public:
  explicit RawLstm(const Shape&);
  ~RawLstm();
  void train();  ///< forward_training, then backward
  void infer();  ///< forward_inference

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gemel::bench
