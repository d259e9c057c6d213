// Included by the kernel files; everything is in an unnamed namespace.
#pragma once
#include "infer/engine/kernels.hpp"
#include "infer/engine/vectors.hpp"

namespace {

using gemel::infer::StepArgs;

// The blocks of a group's recurrent weights that are not zero.
struct GroupBlocks {
  std::int64_t first, count;
  const std::uint16_t* fours;
  GroupBlocks(const StepArgs& a, std::int64_t group)
      : first(a.blocks_begin[group]),
        count(a.blocks_begin[group + 1] - first),
        fours(a.blocks + first) {}
  // The first of the four states that block i multiplies.
  GEMEL_INLINE std::int64_t state(std::int64_t i) const { return 4 * std::int64_t{fours[i]}; }
};

}  // namespace
