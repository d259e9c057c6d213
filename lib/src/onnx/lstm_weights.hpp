#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace gemel::onnx {

/// Weights of one direction from gemel's layout, gates i, f, c̃, o side by side, to that of ONNX's
/// operator LSTM, gates i, o, f, c̃ one below the other, transposed.

/// from: [inputs, 4, H]; returns [4H, inputs]. For weight_layer, and for weight_iter (inputs = H).
std::vector<float> onnx_gates(std::span<const float> from, std::int64_t inputs,
                              std::int64_t hidden);
/// from: [4, H]; returns [8H], the bias of the input's product and then, zero, of the state's.
std::vector<float> onnx_bias(std::span<const float> from, std::int64_t hidden);

}  // namespace gemel::onnx
