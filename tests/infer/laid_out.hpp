#pragma once
#include <cstdint>
#include <numeric>
#include <vector>

#include "infer/engine/token_order.hpp"

namespace gemel::infer::test {

/// Texts one behind the other, as the engine reads them.
struct LaidOut {
  std::vector<std::int32_t> ids;
  std::vector<std::int64_t> begin = {0};
  bool backward;

  explicit LaidOut(const std::vector<std::vector<std::int32_t>>& texts, bool reversed = false)
      : backward(reversed) {
    for (const auto& text : texts) {
      ids.insert(ids.end(), text.begin(), text.end());
      begin.push_back(std::ssize(ids));
    }
  }
  TokenLists lists() const { return {ids, begin, backward}; }
  /// By their tokens, or as they came.
  std::vector<std::int64_t> order(bool sorted = true) const {
    std::vector<std::int64_t> texts(begin.size() - 1);
    std::iota(texts.begin(), texts.end(), 0);
    if (sorted) sort_by_tokens(texts, lists());
    return texts;
  }
};

}  // namespace gemel::infer::test
