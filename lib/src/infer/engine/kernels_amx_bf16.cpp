// bf16 multiplied by tiles. Their sums differ in the last bits from those of AVX-512's instruction,
// so that a model whose width suits tiles is computed by them however few its texts are.
#define GEMEL_UNITS 16
#define GEMEL_ROWS 6
#include "infer/engine/compiled.hpp"
#include "infer/engine/lstm_step.hpp"
#include "infer/engine/tile_multiply.hpp"

namespace {

struct Bf16 {
  using Element = std::uint16_t;
  using Sum = float;
  static constexpr std::int64_t kTogether = 2;
  static GEMEL_INLINE void multiply_00() { _tile_dpbf16ps(0, 4, 6); }
  static GEMEL_INLINE void multiply_01() { _tile_dpbf16ps(1, 4, 7); }
  static GEMEL_INLINE void multiply_10() { _tile_dpbf16ps(2, 5, 6); }
  static GEMEL_INLINE void multiply_11() { _tile_dpbf16ps(3, 5, 7); }
};

}  // namespace

namespace gemel::infer {

void amx_bf16_step(const StepArgs& a) {
  if (a.width % (kTileBytes / 2) != 0) return bf16_step(a);
  if (a.first) return first_step<std::uint16_t, std::uint16_t>(a);
  const Tiles tiles;
  alignas(64) float sums[kTwoBlocks * 4 * W];
  for (std::int64_t group = 0; group < a.width / W; ++group)
    for (std::int64_t first = 0; first < a.rows; first += kTwoBlocks) {
      const std::int64_t rows = a.rows - first < kTwoBlocks ? a.rows - first : kTwoBlocks;
      multiply_tiles<Bf16>(a, first, rows, group, sums);
      apply_gates<false, std::uint16_t, std::uint16_t>(a, first, static_cast<int>(rows), group,
                                                       sums);
    }
}

}  // namespace gemel::infer
