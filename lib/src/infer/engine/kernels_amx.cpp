// Bytes multiplied by tiles: 16 or 32 texts by 64 gates of 16 units at a time.
#include <immintrin.h>
#define GEMEL_UNITS 16
#include "infer/engine/compiled.hpp"
#include "infer/engine/int8_rows.hpp"

namespace {

constexpr std::int64_t kTileRows = 16, kTileBytes = 64;
constexpr std::int64_t kFewest = 6;  // below, tiles would mostly multiply what nobody asked for
constexpr std::int64_t kRows = 2 * kTileRows;
static_assert(gemel::infer::kRowPadding >= kRows);

// Palette 1: eight tiles of 16 rows of 64 bytes.
struct alignas(64) TileConfig {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

// Σ w_code h_code of 16 or 32 rows over one group → sums [rows, 4, W]. Two gates at a time, for
// there are eight tiles. Rows past the last text are multiplied and not looked at.
template <bool kTwoBlocks>
GEMEL_INLINE void multiply_tiles(const StepArgs& a, std::int64_t first, std::int64_t group,
                                 std::int32_t* sums) {
  const auto* const w = static_cast<const std::int8_t*>(a.weights) + group * a.width * 4 * W;
  const auto* const h = static_cast<const std::int8_t*>(a.h) + first * a.width;
  constexpr std::int64_t kStride = 4 * W * 4;  // bytes, of weights and of sums
  for (std::int64_t gate = 0; gate < 4; gate += 2) {
    _tile_zero(0);
    _tile_zero(1);
    if (kTwoBlocks) {
      _tile_zero(2);
      _tile_zero(3);
    }
    for (std::int64_t k = 0; k < a.width; k += kTileBytes) {
      const std::int8_t* const at = w + k * 4 * W + gate * 4 * W;
      _tile_loadd(4, h + k, a.width);
      _tile_loadd(6, at, kStride);
      _tile_dpbssd(0, 4, 6);
      _tile_loadd(7, at + 4 * W, kStride);
      _tile_dpbssd(1, 4, 7);
      if (kTwoBlocks) {
        _tile_loadd(5, h + kTileRows * a.width + k, a.width);
        _tile_dpbssd(2, 5, 6);
        _tile_dpbssd(3, 5, 7);
      }
    }
    _tile_stored(0, sums + gate * W, kStride);
    _tile_stored(1, sums + (gate + 1) * W, kStride);
    if (kTwoBlocks) {
      _tile_stored(2, sums + (kTileRows * 4 + gate) * W, kStride);
      _tile_stored(3, sums + (kTileRows * 4 + gate + 1) * W, kStride);
    }
  }
}

struct MultiplyTiles {
  static constexpr std::int64_t kMost = kRows;
  GEMEL_INLINE void operator()(const StepArgs& a, std::int64_t first, std::int64_t rows,
                               std::int64_t group, std::int32_t* sums) const {
    if (rows > kTileRows)
      multiply_tiles<true>(a, first, group, sums);
    else
      multiply_tiles<false>(a, first, group, sums);
  }
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

}  // namespace

namespace gemel::infer {

void amx_step(const StepArgs& a) {
  if (a.rows < kFewest || a.width % kTileBytes != 0) return step_int8<MultiplyRows>(a);
  const Tiles tiles;
  step_int8<MultiplyTiles>(a);
}

void amx_project(const CodeArgs& a) {
  if (a.rows < kFewest) return project_int8<MultiplyRows>(a);
  const Tiles tiles;
  project_int8<MultiplyTiles>(a);
}

}  // namespace gemel::infer
