#pragma once
#include <cstdint>
#include <vector>

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

/// Bytes of one unit's hidden state; see StepArgs::h.
constexpr std::int64_t state_bytes(Precision precision) {
  return precision == Precision::f32 ? 4 : precision == Precision::bf16 ? 2 : 1;
}

/// Recurrent weights of one reading order in a kernel's layout; see StepArgs.
struct RecurrentWeights {
  AlignedBuffer<std::byte> weights;
  std::vector<std::uint16_t> blocks;       // [stored blocks]
  std::vector<std::int32_t> blocks_begin;  // [Hp/W + 1]
  AlignedBuffer<float> scale;              // [Hp/W, 4, W], int8 only
  AlignedBuffer<std::int32_t> start;       // [Hp/W, 4, W], int8 only
};

/// Blocks of zeros are left out where the kernels can do without them.
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

/// A plain matrix as codes, one scale a column, for project_codes().
struct DenseCodes {
  std::int64_t depth = 0;              // padded to a multiple of 64
  AlignedBuffer<std::int8_t> weights;  // [groups, depth/4, 4, W, 4]
  AlignedBuffer<float> scale, bias;    // [groups, 4, W]
  AlignedBuffer<std::int32_t> start;   // [groups, 4, W]
};

/// The same matrix and order of columns as pack_dense().
DenseCodes pack_dense_codes(const Kernels&, std::int64_t depth, std::int64_t columns,
                            const float* weight, const float* bias);

}  // namespace gemel::infer
