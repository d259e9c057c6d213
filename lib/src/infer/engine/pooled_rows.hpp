#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/aligned.hpp"

namespace gemel::infer {

/// Pooled states that a projection has yet to read; buffers grow only.
struct PooledStates {
  AlignedBuffer<float> floats;       // [N, P]
  AlignedBuffer<std::int8_t> codes;  // [N + kRowPadding, P padded]
  std::vector<float*> rows;          // [N]
};

/// Where the pooled states of texts go, as floats or as the codes that a projection multiplies.
/// Several threads may write to texts or directions of their own.
struct PooledRows {
  std::span<float* const> floats;             // [N] → [P]; empty where codes are kept
  std::int8_t* codes = nullptr;               // [N, stride]
  std::int64_t stride = 0;                    // P padded
  std::span<const std::int64_t> places = {};  // row of each text; empty where it is its number

  PooledRows of(std::span<const std::int64_t> texts) const {
    return {floats, codes, stride, texts};
  }
  std::int64_t row(std::int64_t text) const {
    return places.empty() ? text : places[static_cast<std::size_t>(text)];
  }
};

}  // namespace gemel::infer
