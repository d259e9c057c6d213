// The recurrent product by AMX tiles, for bytes and for bf16. Included by the kernel files that are
// compiled for them; everything is in an unnamed namespace.
#pragma once
#include <immintrin.h>

#include "infer/engine/kernels.hpp"
#include "infer/engine/vectors.hpp"

namespace {

using gemel::infer::StepArgs;
constexpr std::int64_t kTileRows = 16, kTileBytes = 64, kTwoBlocks = 2 * kTileRows;
static_assert(gemel::infer::kRowPadding >= kTwoBlocks);

// Palette 1: eight tiles of 16 rows of 64 bytes.
struct alignas(64) TileConfig {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

// Tiles are this thread's own from here to the end of its life.
class Tiles {
 public:
  Tiles() {
    const TileConfig config;
    _tile_loadconfig(&config);
  }
  ~Tiles() { _tile_release(); }
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;
};

// Tiles 0 to 3 hold sums (two blocks of texts by two gates), 4 and 5 states, 6 and 7 weights.
template <class Kind, bool kTwo>
GEMEL_INLINE void multiply_gates(const typename Kind::Element* h, const typename Kind::Element* w,
                                 std::int64_t width, typename Kind::Sum* sums) {
  using Element = typename Kind::Element;
  constexpr std::int64_t kStride = 4 * W * 4;  // bytes, of weights and of sums
  constexpr std::int64_t kDepth = kTileBytes / static_cast<std::int64_t>(sizeof(Element));
  const std::int64_t row = width * static_cast<std::int64_t>(sizeof(Element));
  _tile_zero(0);
  _tile_zero(1);
  if (kTwo) {
    _tile_zero(2);
    _tile_zero(3);
  }
  for (std::int64_t k = 0; k < width; k += kDepth) {
    const Element* const at = w + k * 4 * W;
    _tile_loadd(4, h + k, row);
    _tile_loadd(6, at, kStride);
    Kind::multiply_00();
    _tile_loadd(7, at + Kind::kTogether * W, kStride);
    Kind::multiply_01();
    if (kTwo) {
      _tile_loadd(5, h + kTileRows * width + k, row);
      Kind::multiply_10();
      Kind::multiply_11();
    }
  }
  _tile_stored(0, sums, kStride);
  _tile_stored(1, sums + W, kStride);
  if (kTwo) {
    _tile_stored(2, sums + kTileRows * 4 * W, kStride);
    _tile_stored(3, sums + kTileRows * 4 * W + W, kStride);
  }
}

// Sums of up to 32 rows over one group, all blocks of whose weights are there → sums [32, 4, W].
// Rows past the last text are multiplied and not looked at.
template <class Kind>
GEMEL_INLINE void multiply_tiles(const StepArgs& a, std::int64_t first, std::int64_t rows,
                                 std::int64_t group, typename Kind::Sum* sums) {
  using Element = typename Kind::Element;
  const auto* const w = static_cast<const Element*>(a.weights) + group * a.width * 4 * W;
  const auto* const h = static_cast<const Element*>(a.h) + first * a.width;
  for (std::int64_t gate = 0; gate < 4; gate += 2) {
    const Element* const from = w + gate * Kind::kTogether * W;
    if (rows > kTileRows)
      multiply_gates<Kind, true>(h, from, a.width, sums + gate * W);
    else
      multiply_gates<Kind, false>(h, from, a.width, sums + gate * W);
  }
}

}  // namespace
