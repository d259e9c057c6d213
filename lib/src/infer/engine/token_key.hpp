#pragma once
#include <cstdint>

namespace gemel::infer {

constexpr std::int64_t kKeyTokens = 4;

/// 16 bits of each of a list's first tokens: lists that begin alike have the same key, others
/// hardly ever.
/// @param at place → token
template <class TokenAt>
std::uint64_t token_key(std::int64_t length, const TokenAt& at) {
  std::uint64_t key = 0;
  for (std::int64_t t = 0; t < kKeyTokens; ++t)
    key = key << 16 | (t < length ? static_cast<std::uint16_t>(at(t)) : 0u);
  return key;
}

}  // namespace gemel::infer
