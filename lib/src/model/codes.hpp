#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace gemel {

/// Consecutive elements, in row-major order, that share a scale where weights are stored in bytes.
inline constexpr std::size_t kCodeBlock = 128;

/// Weights as signed bytes: value i is codes[i] · scales[i / kCodeBlock], within half a scale of
/// what it was.
struct Codes {
  std::vector<std::int8_t> codes;  // −127 to 127
  std::vector<float> scales;       // one a block; 0 where a whole block is
};

/// Whether a tensor of that shape is stored as codes; vectors and others of a broken block are not.
bool fits_codes(std::span<const std::int64_t> shape);

/// Rounds to the nearest code, ties to even. Values that came from codes give the same codes
/// and scales again.
/// @param values finite, a whole number of blocks
Codes encode(std::span<const float> values);

}  // namespace gemel
