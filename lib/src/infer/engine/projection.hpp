#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "infer/engine/packing.hpp"

namespace gemel::infer {

/// The linear projection of pooled states, in bytes where the kernels compute in bytes: pooled
/// states lie in (-1, 1) as states do. Immutable and thread-safe; a row's bits do not depend on
/// the other rows.
class Projection {
 public:
  /// What a worker needs from call to call.
  struct Scratch {
    AlignedBuffer<float> out;          // [N, columns padded]
    AlignedBuffer<std::int8_t> codes;  // [N + kRowPadding, depth padded]
    std::vector<const float*> x;       // [N]
    std::vector<void*> to;             // [N]
  };

  /// @param weight [depth, columns]
  /// @param bias [columns]
  Projection(const Kernels&, std::int64_t depth, std::int64_t columns, const float* weight,
             const float* bias);

  /// @param pooled [N] → [depth], in [-1, 1]
  /// @param out [N] → [columns]
  void apply(std::span<float* const> pooled, Scratch&, std::span<float* const> out) const;

 private:
  void apply_codes(std::span<float* const> pooled, Scratch&) const;
  void apply_floats(std::span<float* const> pooled, Scratch&) const;

  const Kernels* kernels_;
  InputWeights floats_;                    // empty where codes are multiplied
  DenseCodes codes_;                       // empty where floats are
  std::int64_t depth_, columns_, stride_;  // stride: columns padded
};

}  // namespace gemel::infer
