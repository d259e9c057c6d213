#include "search/difference_kernel.hpp"

#include <algorithm>
#include <cassert>
#include <cstdlib>

#include "core/simd.hpp"

namespace gemel::search {
namespace {

std::size_t index(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

// For 64 rows [64, depth].
GEMEL_SIMD_CLONES
std::uint64_t group_bits(const std::uint8_t* u, const std::uint8_t* rows, std::int64_t depth,
                         std::int64_t limit, const std::int64_t* room) {
  std::uint64_t bits = 0;
  for (std::int64_t j = 0; j < kGroup; ++j) {
    const std::uint8_t* v = rows + j * depth;
    std::int32_t sum = 0;
    for (std::int64_t k = 0; k < depth; ++k) sum += std::abs(int{u[k]} - int{v[k]});
    bits |= std::uint64_t{sum <= limit + room[j]} << j;
  }
  return bits;
}

void portable_masks(const ByteRows& a, std::int64_t first, std::int64_t count, const ByteGroups& b,
                    std::int64_t group, const std::int64_t* limit, Scratch& scratch,
                    std::uint64_t* masks) {
  const std::int64_t depth = a.depth;
  scratch.bytes.reserve_discard(index(kGroup * depth));
  std::uint8_t* const rows = scratch.bytes.data();  // [64, depth]
  const std::uint8_t* from = b.stacks.data() + group * kGroup * depth;
  for (std::int64_t s = 0; s < kStacks; ++s)
    for (std::int64_t k = 0; k < depth; k += 8)
      for (std::int64_t j = 0; j < kStack; ++j, from += 8)
        std::copy_n(from, 8, rows + (s * kStack + j) * depth + k);
  for (std::int64_t r = 0; r < count; ++r)
    masks[r] = group_bits(a.codes.data() + (first + r) * depth, rows, depth, limit[r],
                          b.room.data() + group * kGroup);
}

}  // namespace

ByteRows::ByteRows(std::int64_t n, std::int64_t k)
    : rows(n), depth(k), codes(index((n + kSpareMasks) * k)), room(index(n + kSpareMasks)) {
  assert(k % 8 == 0);
}

void ByteRows::set(std::int64_t row, const std::uint8_t* code, std::int64_t r) {
  std::copy_n(code, depth, codes.data() + row * depth);
  room[index(row)] = r;
}

ByteGroups::ByteGroups(std::int64_t n, std::int64_t k)
    : rows(n),
      depth(k),
      stacks(index(groups_of(n) * kGroup * k)),
      room(index(groups_of(n) * kGroup)) {
  assert(k % 8 == 0);
}

void ByteGroups::set(std::int64_t row, const std::uint8_t* code, std::int64_t r) {
  std::uint8_t* const stack = stacks.data() + row / kStack * kStack * depth + row % kStack * 8;
  for (std::int64_t k = 0; k < depth; k += 8) std::copy_n(code + k, 8, stack + k * kStack);
  room[index(row)] = r;
}

DifferenceKernel best_difference_kernel() {
  return avx512_available() ? DifferenceKernel::avx512 : DifferenceKernel::portable;
}

Cost cost(DifferenceKernel kernel) {
  return kernel == DifferenceKernel::portable ? Cost{8, 3} : Cost{0.5, 1.25};
}

void difference_masks(DifferenceKernel kernel, const ByteRows& a, std::int64_t first,
                      std::int64_t count, const ByteGroups& b, std::int64_t group,
                      const std::int64_t* limit, Scratch& scratch, std::uint64_t* masks) {
  if (kernel == DifferenceKernel::avx512)
    avx512_difference_masks(a, first, count, b, group, limit, masks);
  else
    portable_masks(a, first, count, b, group, limit, scratch, masks);
}

}  // namespace gemel::search
