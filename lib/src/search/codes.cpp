#include <cassert>

#include "search/code_kernel.hpp"

namespace gemel::search {
namespace {

std::size_t index(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

}  // namespace

CodeRows::CodeRows(std::int64_t n, std::int64_t k)
    : rows(n),
      depth(k),
      codes(index((n + kSpareMasks) * k)),
      scale(index(n + kSpareMasks)),
      rest(index(n + kSpareMasks)),
      base(index(n + kSpareMasks)) {
  assert(k % 4 == 0);
}

void CodeRows::set(std::int64_t row, const std::int8_t* code, float s, float r, float b) {
  for (std::int64_t k = 0; k < depth; ++k)
    codes[index(row * depth + k)] = static_cast<std::uint8_t>(code[k] + 128);
  scale[index(row)] = s;
  rest[index(row)] = r;
  base[index(row)] = b;
}

CodeGroups::CodeGroups(std::int64_t n, std::int64_t k)
    : rows(n),
      depth(k),
      panels(index(groups_of(n) * kGroup * k)),
      offset(index(groups_of(n) * kGroup)),
      scale(index(groups_of(n) * kGroup)),
      rest(index(groups_of(n) * kGroup)),
      base(index(groups_of(n) * kGroup)) {
  assert(k % 4 == 0);
}

void CodeGroups::set(std::int64_t row, const std::int8_t* code, float s, float r, float b) {
  std::int8_t* const panel = panels.data() + row / kPanel * kPanel * depth + row % kPanel * 4;
  std::int32_t sum = 0;
  for (std::int64_t k = 0; k < depth; ++k) {
    panel[k / 4 * kPanel * 4 + k % 4] = code[k];
    sum += code[k];
  }
  offset[index(row)] = -128 * sum;
  scale[index(row)] = s;
  rest[index(row)] = r;
  base[index(row)] = b;
}

}  // namespace gemel::search
