#pragma once
#include <cstdint>

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

}  // namespace gemel
