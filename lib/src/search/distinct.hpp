#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace gemel {

/// Byte-identical texts found once: distinct texts in the order of their first appearance.
struct DistinctTexts {
  std::vector<std::int32_t> first;     // [distinct], the text's first row
  std::vector<std::int32_t> distinct;  // [texts], which distinct text a row holds
};

/// Groups texts by hash, then by comparing bytes. At most 2,147,483,647 texts.
DistinctTexts find_distinct(std::span<const std::string_view> texts);

}  // namespace gemel
