#pragma once
#include <cstdint>

#include "core/aligned.hpp"
#include "infer/engine/kernels.hpp"

namespace gemel::infer {

/// H rounded up to whole groups of W units.
constexpr std::int64_t padded(std::int64_t hidden, int units) {
  return (hidden + units - 1) / units * units;
}

/// Bytes of StepArgs::input, one token's W·x + b.
constexpr std::int64_t input_bytes(const Kernels& kernels, std::int64_t width) {
  return 4 * width * (kernels.precision == Precision::f32 ? 4 : 2);
}

/// Recurrent weights of one reading order in a kernel's layout; see StepArgs.
struct RecurrentWeights {
  AlignedBuffer<std::byte> weights;
  AlignedBuffer<float> scale, offset;  // [Hp/W, 4, W], int8 only
};

/// @param weight_iter [H, 4, H], gates in the order of oneDNN: input, forget, candidate, output
RecurrentWeights pack_recurrent(const Kernels&, std::int64_t hidden, const float* weight_iter);

/// W·x + b in a kernel's layout; see ProjectArgs.
struct InputWeights {
  std::int64_t depth = 0;        // I
  std::int64_t groups = 0;       // Hp/W
  AlignedBuffer<float> weights;  // [groups, I, 4, W]
  AlignedBuffer<float> bias;     // [groups, 4, W]
};

/// @param weight_layer [I, 4, H]
/// @param bias [4, H]
InputWeights pack_input(const Kernels&, std::int64_t depth, std::int64_t hidden,
                        const float* weight_layer, const float* bias);

/// A plain matrix [I, columns] and bias [columns] for project_f32(): column c of the product is
/// column c of the output row, padded with zeros to a multiple of 4 W.
InputWeights pack_dense(const Kernels&, std::int64_t depth, std::int64_t columns,
                        const float* weight, const float* bias);

}  // namespace gemel::infer
