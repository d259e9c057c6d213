#include "search/distinct.hpp"

#include <cassert>
#include <limits>
#include <unordered_map>

#include "core/hash.hpp"

namespace gemel {
namespace {

struct TextHash {
  std::size_t operator()(std::string_view text) const {
    return static_cast<std::size_t>(hash64(text));
  }
};

}  // namespace

DistinctTexts find_distinct(std::span<const std::string_view> texts) {
  assert(texts.size() <= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()));
  DistinctTexts result;
  result.distinct.reserve(texts.size());
  std::unordered_map<std::string_view, std::int32_t, TextHash> seen;
  seen.reserve(texts.size());
  for (std::size_t row = 0; row < texts.size(); ++row) {
    const auto next = static_cast<std::int32_t>(result.first.size());
    const auto [place, is_new] = seen.try_emplace(texts[row], next);
    if (is_new) result.first.push_back(static_cast<std::int32_t>(row));
    result.distinct.push_back(place->second);
  }
  return result;
}

}  // namespace gemel
