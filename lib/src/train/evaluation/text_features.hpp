#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace gemel::evaluation {

/// Letters, digits and marks of a text as bags of words see them. Everything else separates.
/// Case is folded for ASCII, Latin-1, Greek and Cyrillic; full-width letters and digits become
/// narrow ones. Bytes that are not UTF-8 separate.
struct TextCharacter {
  char32_t code = 0;      // folded
  bool unspaced = false;  // of a script written without spaces (Han, Kana, Thai, Lao, Khmer, …)
  bool starts_word = false;  // something that separates came before, or the text began
};
std::vector<TextCharacter> text_characters(std::string_view text);

/// Hashes of a text's features, in order and repeated as they are: the words of scripts that put
/// spaces between them, and of scripts that do not each character and each two neighbours. The
/// choice is made character by character, so mixed texts work and no language need be named.
std::vector<std::uint64_t> text_features(std::string_view text);

/// Hash of a text that does not see case, spaces or punctuation, so that "Startup idea ?" and
/// "startup idea?" are the same. Texts with nothing but those are hashed byte by byte. Texts that
/// differ only in symbols ("C" and "C++") do collide.
std::uint64_t loose_text_hash(std::string_view text);

}  // namespace gemel::evaluation
