#pragma once

namespace gemel {

/// Number type of the recurrent and convolutional work; master weights are f32 either way. int8 is
/// for inference with an LSTM only.
enum class Precision { f32, bf16, int8 };

}  // namespace gemel
