// Bytes multiplied by tiles: 16 or 32 texts by two gates of 16 units at a time.
#define GEMEL_UNITS 16
#include "infer/engine/compiled.hpp"
#include "infer/engine/int8_rows.hpp"
#include "infer/engine/tile_multiply.hpp"

namespace {

constexpr std::int64_t kFewest = 6;  // below, tiles would mostly multiply what nobody asked for

// Σ w_code h_code, exact, in 32 bits
struct Bytes {
  using Element = std::int8_t;
  using Sum = std::int32_t;
  static constexpr std::int64_t kTogether = 4;
  static GEMEL_INLINE void multiply_00() { _tile_dpbssd(0, 4, 6); }
  static GEMEL_INLINE void multiply_01() { _tile_dpbssd(1, 4, 7); }
  static GEMEL_INLINE void multiply_10() { _tile_dpbssd(2, 5, 6); }
  static GEMEL_INLINE void multiply_11() { _tile_dpbssd(3, 5, 7); }
};

struct MultiplyTiles {
  static constexpr std::int64_t kMost = kTwoBlocks;
  static constexpr bool kPlus128 = false;  // tiles multiply bytes with sign
  GEMEL_INLINE void operator()(const StepArgs& a, std::int64_t first, std::int64_t rows,
                               std::int64_t group, std::int32_t* sums) const {
    multiply_tiles<Bytes>(a, first, rows, group, sums);
  }
};

}  // namespace

namespace gemel::infer {

void amx_step(const StepArgs& a) {
  if (a.rows < kFewest || a.width % kTileBytes != 0) return step_int8_woven<false>(a);
  const Tiles tiles;
  step_int8<MultiplyTiles>(a);
}

void amx_project(const CodeArgs& a) {
  if (a.rows < kFewest) return project_int8<MultiplyRows<false, AllBlocks>>(a);
  const Tiles tiles;
  project_int8<MultiplyTiles>(a);
}
void amx_pool(const PoolArgs& a) {
  pool_int8<false>(a);
}

}  // namespace gemel::infer
