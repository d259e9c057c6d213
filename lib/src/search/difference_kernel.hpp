#pragma once
#include <cstdint>
#include <vector>

#include "core/aligned.hpp"
#include "search/filter.hpp"

namespace gemel::search {

/// Rows of a group that fill a register together, eight codes of each, and such stacks of a group.
constexpr std::int64_t kStack = 8, kStacks = kGroup / kStack;

/// Vectors as bytes, the left operand: one row at a time.
struct ByteRows {
  ByteRows(std::int64_t rows, std::int64_t depth);
  std::int64_t rows, depth;           // depth is a multiple of 8
  AlignedBuffer<std::uint8_t> codes;  // [rows + 8, depth]
  std::vector<std::int64_t> room;     // [rows + 8]

  void set(std::int64_t row, const std::uint8_t* code, std::int64_t room);
};

/// The right operand, in groups of 64 rows.
struct ByteGroups {
  ByteGroups(std::int64_t rows, std::int64_t depth);
  std::int64_t rows, depth;
  AlignedBuffer<std::uint8_t> stacks;  // [groups, 8, depth / 8, 8, 8]
  AlignedBuffer<std::int64_t> room;    // [groups * 64]

  void set(std::int64_t row, const std::uint8_t* code, std::int64_t room);
};

enum class DifferenceKernel { portable, avx512 };
/// The fastest this processor runs.
DifferenceKernel best_difference_kernel();
Cost cost(DifferenceKernel);

/// Bit j of masks[r] is set if and only if Σ|code − code_j| <= limit[r] + room_j for row first + r
/// of a and row j of the group.
/// @param limit  [count + kSpareMasks]
/// @param masks  [count + kSpareMasks]
void difference_masks(DifferenceKernel, const ByteRows& a, std::int64_t first, std::int64_t count,
                      const ByteGroups& b, std::int64_t group, const std::int64_t* limit, Scratch&,
                      std::uint64_t* masks);

/// True where this processor adds up differences of bytes in 512-bit registers (AVX-512 BW).
bool avx512_available();
/// difference_masks() for such a processor; elsewhere it must not be called.
void avx512_difference_masks(const ByteRows& a, std::int64_t first, std::int64_t count,
                             const ByteGroups& b, std::int64_t group, const std::int64_t* limit,
                             std::uint64_t* masks);

}  // namespace gemel::search
