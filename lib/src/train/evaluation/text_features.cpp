#include "train/evaluation/text_features.hpp"

#include <utf8.h>

#include <algorithm>
#include <array>
#include <string>

#include "core/hash.hpp"

namespace gemel::evaluation {
namespace {

struct Range {
  char32_t first, last;
  bool holds(char32_t c) const { return c >= first && c <= last; }
};

// Unicode blocks of scripts written without spaces between words.
constexpr std::array kUnspaced = {
    Range{0x0E00, 0x0FFF},    // Thai, Lao, Tibetan
    Range{0x1000, 0x109F},    // Myanmar
    Range{0x1780, 0x17FF},    // Khmer
    Range{0x3005, 0x3007},    // ideographic iteration mark, closing mark and zero
    Range{0x3040, 0x30FF},    // Hiragana, Katakana
    Range{0x31F0, 0x31FF},    // Katakana extensions
    Range{0x3400, 0x4DBF},    // Han extension A
    Range{0x4E00, 0x9FFF},    // Han
    Range{0xF900, 0xFAFF},    // Han compatibility
    Range{0xFF66, 0xFF9F},    // half-width Katakana
    Range{0x20000, 0x3FFFF},  // Han extensions B and on
};

// Beyond ASCII, what separates: controls, spaces, punctuation, symbols, private use.
constexpr std::array kSeparators = {
    Range{0x0080, 0x00A9}, Range{0x00AB, 0x00B4},   Range{0x00B6, 0x00B9},
    Range{0x00BB, 0x00BF}, Range{0x00D7, 0x00D7},   Range{0x00F7, 0x00F7},
    Range{0x1680, 0x1680}, Range{0x2000, 0x206F},   Range{0x20A0, 0x20CF},
    Range{0x2190, 0x2BFF}, Range{0x2E00, 0x2E7F},   Range{0x3000, 0x3004},
    Range{0x3008, 0x303F}, Range{0x30FB, 0x30FB},   Range{0xE000, 0xF8FF},
    Range{0xFE00, 0xFE6F}, Range{0xFEFF, 0xFEFF},   Range{0xFF00, 0xFF0F},
    Range{0xFF1A, 0xFF20}, Range{0xFF3B, 0xFF40},   Range{0xFF5B, 0xFF65},
    Range{0xFFE0, 0xFFFF}, Range{0x1F000, 0x1FAFF}, Range{0xE0000, 0x10FFFF}};

template <std::size_t N>
bool any_holds(const std::array<Range, N>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(), [c](const Range& r) { return r.holds(c); });
}

bool ascii_alphanumeric(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

char32_t fold(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;  // full-width ASCII
  const bool plus_32 = Range{'A', 'Z'}.holds(c) || (Range{0xC0, 0xDE}.holds(c) && c != 0xD7) ||
                       (Range{0x391, 0x3A9}.holds(c) && c != 0x3A2) || Range{0x410, 0x42F}.holds(c);
  if (plus_32) return c + 32;
  return Range{0x400, 0x40F}.holds(c) ? c + 80 : c;
}

std::uint64_t hash_codes(std::u32string_view codes) {
  return hash64({reinterpret_cast<const char*>(codes.data()), codes.size() * sizeof(char32_t)});
}

}  // namespace

std::vector<TextCharacter> text_characters(std::string_view text) {
  std::vector<TextCharacter> characters;
  characters.reserve(text.size());
  bool separated = true;
  for (auto at = text.begin(); at != text.end();) {
    char32_t c = static_cast<unsigned char>(*at);
    if (c < 0x80) {
      ++at;
    } else if (const auto next = utf8::find_invalid(at, std::min(at + 4, text.end())); next == at) {
      ++at;
      c = ' ';  // not UTF-8
    } else {
      c = utf8::unchecked::next(at);
    }
    if (c < 0x80 ? !ascii_alphanumeric(c) : any_holds(kSeparators, c)) {
      separated = true;
      continue;
    }
    characters.push_back({fold(c), c >= 0x80 && any_holds(kUnspaced, c), separated});
    separated = false;
  }
  return characters;
}

std::vector<std::uint64_t> text_features(std::string_view text) {
  const std::vector<TextCharacter> characters = text_characters(text);
  std::vector<std::uint64_t> features;
  std::u32string word;
  const auto flush = [&] {
    if (!word.empty()) features.push_back(hash_codes(word));
    word.clear();
  };
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const TextCharacter& c = characters[i];
    if (c.starts_word || c.unspaced) flush();
    if (!c.unspaced) {
      word += c.code;
      continue;
    }
    features.push_back(hash_codes(std::u32string(1, c.code)));
    if (!c.starts_word && i > 0 && characters[i - 1].unspaced)
      features.push_back(hash_codes(std::u32string{characters[i - 1].code, c.code}));
  }
  flush();
  return features;
}

std::uint64_t loose_text_hash(std::string_view text) {
  std::u32string codes;
  for (const TextCharacter& c : text_characters(text)) codes += c.code;
  return codes.empty() ? hash64(text) : hash_codes(codes);
}

}  // namespace gemel::evaluation
