#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace gemel {

/// What the normaliser does with a code point.
enum class CodePointKind : std::uint8_t {
  word,         ///< letters, digits, marks: whitespace between two of them counts
  space,        ///< whitespace, controls, U+2581, U+FFFD
  punctuation,  ///< separates; the mode `punctuation` drops it
  symbol,       ///< stands alone but means something: # $ % & @ + < = >, emoji
  ideograph,    ///< scripts written without spaces: Han, kana, bopomofo
  mark,         ///< joins what stands before it, e.g. a combining accent
  ignored,      ///< zero-width and bidirectional controls
};

/// Kind of one Unicode code point; total, for any value.
CodePointKind kind_of(std::uint32_t code_point) noexcept;

/// The plain form of a quote, dash or apostrophe variant; any other code point unchanged.
std::uint32_t plain_form(std::uint32_t code_point) noexcept;

constexpr bool is_ascii_digit(std::uint32_t c) noexcept {
  return c >= '0' && c <= '9';
}
inline constexpr auto kAsciiWord = [] {
  std::array<bool, 256> table{};
  for (unsigned c = '0'; c <= 'z'; ++c) table[c] = c <= '9' || c >= 'a' || (c >= 'A' && c <= 'Z');
  return table;
}();
/// Whether `byte` is an ASCII letter or digit.
constexpr bool is_ascii_word(unsigned char byte) noexcept {
  return kAsciiWord[byte];
}
/// Looks at every byte, without branches: faster on short texts than to stop at the first that is
/// not.
inline bool is_ascii(std::string_view text) noexcept {
  unsigned char bits = 0;
  for (const char c : text) bits = static_cast<unsigned char>(bits | static_cast<unsigned char>(c));
  return bits < 0x80;
}

}  // namespace gemel
