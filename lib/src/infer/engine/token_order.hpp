#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "infer/engine/reading_plan.hpp"

namespace gemel::infer {

/// Sorts texts by their tokens, so that those that begin alike stand beside each other; texts of
/// the same tokens by their numbers. Most are told apart by 16 bits of each of their first tokens.
/// @param length text → its tokens
/// @param at     (text, t) → token
template <class Length, class TokenAt>
void sort_by_tokens(std::span<std::int64_t> texts, const Length& length, const TokenAt& at) {
  constexpr std::int64_t kKeyTokens = 4;
  struct Place {
    std::uint64_t key;
    std::int64_t text;
  };
  std::vector<Place> places;
  places.reserve(texts.size());
  for (const std::int64_t text : texts) {
    const std::int64_t tokens = length(text);
    std::uint64_t key = 0;
    for (std::int64_t t = 0; t < kKeyTokens; ++t)
      key = key << 16 | (t < tokens ? static_cast<std::uint16_t>(at(text, t)) : 0u);
    places.push_back({key, text});
  }
  std::sort(places.begin(), places.end(), [&](const Place& a, const Place& b) {
    if (a.key != b.key) return a.key < b.key;
    const std::int64_t one = length(a.text), other = length(b.text);
    for (std::int64_t t = 0; t < std::min(one, other); ++t)
      if (at(a.text, t) != at(b.text, t)) return at(a.text, t) < at(b.text, t);
    return one != other ? one < other : a.text < b.text;
  });
  for (std::size_t i = 0; i < texts.size(); ++i) texts[i] = places[i].text;
}

/// The same of texts that are laid out, as they are read.
inline void sort_by_tokens(std::span<std::int64_t> texts, const TokenLists& lists) {
  sort_by_tokens(
      texts, [&](std::int64_t text) { return lists.length(text); },
      [&](std::int64_t text, std::int64_t t) { return lists.token(text, t); });
}

}  // namespace gemel::infer
