#pragma once
#include <cstdint>
#include <span>

#include "infer/engine/packing.hpp"

namespace gemel::infer {

/// W·x + b of one reading order, in the type of StepArgs::input. In bytes, x is given as codes of
/// its own largest value, exact but for the scaling, so that a row has the same bits by whatever
/// instructions and beside whatever rows. Immutable and thread-safe.
class InputRows {
 public:
  InputRows() = default;
  /// @param weight_layer [I, 4, H]
  /// @param bias [4, H]
  /// @param bytes whether kernels that can multiply bytes
  InputRows(const Kernels&, std::int64_t depth, std::int64_t hidden, const float* weight_layer,
            const float* bias, bool bytes);

  static constexpr std::size_t kAtOnce = 96;
  /// What a worker needs from call to call; empty where floats are multiplied.
  struct Scratch {
    AlignedBuffer<float> scaled, product;  // [kAtOnce, I], [kAtOnce, Hp/W, 4, W]
    AlignedBuffer<std::int8_t> codes;      // [kAtOnce + kRowPadding, I padded]
    AlignedBuffer<float> x;                // the caller's, for the rows that it gives
  };
  void reserve(Scratch&) const;

  /// @param x [rows] → [I]
  /// @param out [rows] → [Hp/W], as StepArgs::input
  /// @param scratch after reserve()
  void compute(std::span<const float* const> x, std::span<void* const> out,
               Scratch& scratch) const noexcept;

 private:
  void compute_codes(std::span<const float* const> x, std::span<void* const> out, Scratch&) const;
  bool bytes() const { return codes_.depth > 0; }

  const Kernels* kernels_ = nullptr;
  std::int64_t depth_ = 0, groups_ = 0;
  InputWeights floats_;           // empty where codes are multiplied
  DenseCodes codes_;              // empty where floats are; its bias is added after scaling
  AlignedBuffer<float> nothing_;  // [Hp/W, 4, W] zeros
};

}  // namespace gemel::infer
