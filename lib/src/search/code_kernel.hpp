#pragma once
#include <cstdint>

#include "core/aligned.hpp"
#include "search/filter.hpp"

namespace gemel::search {

/// Rows of a group that fill a register together, and such panels of a group.
constexpr std::int64_t kPanel = 16, kPanels = kGroup / kPanel;

/// Vectors as 8-bit codes with a bound's terms beside them: the left operand, one row at a time.
struct CodeRows {
  CodeRows(std::int64_t rows, std::int64_t depth);
  std::int64_t rows, depth;           // depth is a multiple of 4
  AlignedBuffer<std::uint8_t> codes;  // [rows + 8, depth], code + 128
  AlignedBuffer<float> scale;         // [rows + 8], a code's unit
  AlignedBuffer<float> rest;          // [rows + 8], length of what the codes leave out
  AlignedBuffer<float> base;          // [rows + 8]

  void set(std::int64_t row, const std::int8_t* code, float scale, float rest, float base);
};

/// The right operand, in groups of 64 rows, dealt out so that 16 rows' next four codes fill a
/// register.
struct CodeGroups {
  CodeGroups(std::int64_t rows, std::int64_t depth);
  std::int64_t rows, depth;
  AlignedBuffer<std::int8_t> panels;   // [groups, 4, depth / 4, 16, 4]
  AlignedBuffer<std::int32_t> offset;  // [groups * 64], −128 · Σ codes
  AlignedBuffer<float> scale;          // [groups * 64]
  AlignedBuffer<float> rest;           // [groups * 64]
  AlignedBuffer<float> base;           // [groups * 64]

  void set(std::int64_t row, const std::int8_t* code, float scale, float rest, float base);
};

enum class CodeKernel { portable, avx512_vnni };
/// The fastest this processor runs.
CodeKernel best_code_kernel();
Cost cost(CodeKernel);

/// With dot = Σ codes · codes, bit j of masks[r] is cleared if and only if, in f32,
///   scale·scale_j·dot + (rest·rest_j − base_j) < need[r]
/// for row first + r of a and row j of the group. A NaN does not clear.
/// @param need   [count + kSpareMasks]
/// @param masks  [count + kSpareMasks]
void code_masks(CodeKernel, const CodeRows& a, std::int64_t first, std::int64_t count,
                const CodeGroups& b, std::int64_t group, const float* need, Scratch&,
                std::uint64_t* masks);

}  // namespace gemel::search
