#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "infer/engine/packing.hpp"
#include "infer/engine/pooled_rows.hpp"

namespace gemel::infer {

/// The linear projection of pooled states, in bytes where the kernels compute in bytes: pooled
/// states lie in (-1, 1) as states do. Immutable and thread-safe; a row's bits do not depend on
/// the other rows, nor on whether its states came as floats or as codes.
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

  /// Rows for pooled states of so many texts, as codes where they are multiplied as such.
  PooledRows place(PooledStates&, std::int64_t texts) const;
  /// Bytes of such a row.
  std::int64_t pooled_bytes() const;

  /// @param pooled from row `first` on: out.size() rows of [depth], in [-1, 1]
  /// @param out [N] → [columns]
  void apply(const PooledRows& pooled, std::int64_t first, Scratch&,
             std::span<float* const> out) const;

 private:
  void apply_codes(const PooledRows&, std::int64_t first, std::int64_t rows, Scratch&) const;
  void apply_floats(std::int64_t rows, Scratch&) const;

  const Kernels* kernels_;
  InputWeights floats_;                    // empty where codes are multiplied
  DenseCodes codes_;                       // empty where floats are
  std::int64_t depth_, columns_, stride_;  // stride: columns padded
};

}  // namespace gemel::infer
