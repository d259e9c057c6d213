#include "tokenizer/charsmap.hpp"

#include <algorithm>

#include "tokenizer/code_point.hpp"

namespace gemel {
namespace {

constexpr std::size_t kUnit = 4;  // bytes

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = kUnit; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::size_t character_bytes(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

// A unit of Darts-clone's: whether a key ends at its place, the label that leads to it (the top bit
// is set in units that hold a key's value instead), and how far its children are.
bool ends_key(std::uint32_t unit) {
  return (unit >> 8 & 1) != 0;
}
std::uint32_t label(std::uint32_t unit) {
  return unit & 0x800000ffu;
}
std::uint32_t value(std::uint32_t unit) {
  return unit & 0x7fffffffu;
}
std::uint32_t offset(std::uint32_t unit) {
  return (unit >> 10) << ((unit & 1u << 9) >> 6);
}

}  // namespace

std::optional<Charsmap> Charsmap::read(std::string_view bytes) {
  Charsmap map;
  if (bytes.empty()) {
    map.find_ascii();
    return map;
  }
  if (bytes.size() < kUnit) return std::nullopt;
  const std::size_t size = little_endian(bytes);
  bytes.remove_prefix(kUnit);
  if (size == 0 || size % kUnit != 0 || size > bytes.size()) return std::nullopt;
  map.trie_ = bytes.substr(0, size);
  map.texts_ = bytes.substr(size);
  if (map.texts_.empty() || map.texts_.back() != '\0') return std::nullopt;
  map.find_ascii();
  return map;
}

void Charsmap::find_ascii() {
  for (char c = ' '; c <= '~'; ++c) {
    bool alone = true;  // no key goes on with another of them
    for (char next = ' '; next <= '~'; ++next) {
      std::string_view becomes;
      const char two[] = {c, next};
      alone = alone && longest_key({two, 2}, becomes) < 2;
    }
    std::string_view becomes(&c, 1);
    longest_key({&c, 1}, becomes);
    if (alone && becomes.size() == 1) ascii_[static_cast<std::size_t>(c)] = becomes[0];
  }
}

/// Outside the table: a unit that no label leads to and no key ends at.
std::uint32_t Charsmap::unit(std::size_t index) const {
  if (index >= trie_.size() / kUnit) return 0x80000000u;
  return little_endian(trie_.substr(index * kUnit, kUnit));
}

/// Its length in bytes, 0 if there is none.
std::size_t Charsmap::longest_key(std::string_view text, std::string_view& becomes) const {
  std::size_t longest = 0, place = 0;
  std::uint32_t at = unit(0);
  for (std::size_t i = 0; i < text.size(); ++i) {
    place ^= offset(at) ^ static_cast<unsigned char>(text[i]);
    at = unit(place);
    if (label(at) != static_cast<unsigned char>(text[i])) break;
    if (!ends_key(at)) continue;
    const std::size_t from = value(unit(place ^ offset(at)));
    if (from >= texts_.size()) continue;
    longest = i + 1;
    becomes = texts_.substr(from, texts_.find('\0', from) - from);
  }
  return longest;
}

bool Charsmap::apply_ascii(std::string_view text, std::string& out) const {
  if (!is_ascii(text)) return false;
  out.resize(text.size());
  bool all = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out[i] = ascii_[static_cast<unsigned char>(text[i])];
    all &= out[i] != 0;
  }
  return all;
}

void Charsmap::apply(std::string_view text, std::string& out) const {
  if (apply_ascii(text, out)) return;
  out.clear();
  while (!text.empty()) {
    std::string_view becomes;
    std::size_t taken = longest_key(text, becomes);
    if (taken == 0) {
      taken = std::min(character_bytes(text.front()), text.size());
      becomes = text.substr(0, taken);
    }
    out += becomes;
    text.remove_prefix(taken);
  }
}

}  // namespace gemel
