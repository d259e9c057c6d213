#include "tokenizer/normalizer.hpp"

#include <utf8.h>

#include <array>
#include <cstdint>
#include <gemel/error.hpp>

#include "tokenizer/code_point.hpp"

namespace gemel {
namespace {

constexpr std::array<std::string_view, 3> kNames{"none", "spaces", "punctuation"};

/// Whether the valid UTF-8 `text` begins with something that continues a word.
bool continues_word(std::string_view text) {
  if (text.empty()) return false;
  const CodePointKind kind = kind_of(utf8::unchecked::peek_next(text.data()));
  return kind == CodePointKind::word || kind == CodePointKind::mark ||
         kind == CodePointKind::ignored;
}
constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

/// Bytes of an apostrophe at the start of `text`, or 0.
std::size_t apostrophe(std::string_view text) {
  if (text.starts_with('\'')) return 1;
  if (text.starts_with("\u2019") || text.starts_with("\u02bc")) return 3 - (text[0] == '\xca');
  return 0;
}

/// Letters of an English clitic ("s", "ll", …) that ends a word at the start of `text`, or 0.
std::size_t clitic(std::string_view text) {
  for (const std::string_view c : {"s", "t", "m", "d", "ll", "re", "ve"}) {
    if (text.size() < c.size()) continue;
    bool same = true;
    for (std::size_t i = 0; i < c.size(); ++i) same = same && lower(text[i]) == c[i];
    if (same && !continues_word(text.substr(c.size()))) return c.size();
  }
  return 0;
}

/// The bracket that Penn Treebank writes as -LRB- and the like at the start of `text`, or 0.
char treebank_bracket(std::string_view text) {
  if (text.size() < 5 || text[0] != '-' || text[4] != '-' || lower(text[3]) != 'b') return 0;
  const bool left = lower(text[1]) == 'l';
  if (!left && lower(text[1]) != 'r') return 0;
  switch (lower(text[2])) {
    case 'r':
      return left ? '(' : ')';
    case 's':
      return left ? '[' : ']';
    case 'c':
      return left ? '{' : '}';
    default:
      return 0;
  }
}

/// One pass over valid UTF-8 pieces; the state carries over between them.
class Pass {
 public:
  Pass(Normalization mode, std::string& out) : out_(out), keep_(mode == Normalization::spaces) {}

  void run(std::string_view text) {
    while (at_ < text.size()) step(text);
    at_ = 0;
  }
  void gap() { gap_ = true; }

 private:
  void step(std::string_view text) {
    if (plain_run(text)) return;
    const std::string_view rest = text.substr(at_);
    if (special(text, rest)) return;
    const char* next = rest.data();
    const std::uint32_t code = utf8::unchecked::next(next);
    const std::size_t length = static_cast<std::size_t>(next - rest.data());
    at_ += length;
    const CodePointKind kind = kind_of(code);
    switch (kind) {
      case CodePointKind::space:
        gap_ = true;
        return;
      case CodePointKind::ignored:
        return;
      case CodePointKind::punctuation:
        return punctuation(code);
      case CodePointKind::symbol:
        gap_ = true;
        break;
      case CodePointKind::word:
        gap_ = gap_ || last_ != CodePointKind::word;
        break;
      case CodePointKind::ideograph:
        gap_ = false;
        break;
      case CodePointKind::mark:
        break;
    }
    put(rest.substr(0, length), kind == CodePointKind::mark ? last_ : kind);
  }

  /// Takes the run of ASCII letters and digits that begins here, if any, as far as nothing special
  /// can be in it: its last letter may be the n of n't.
  bool plain_run(std::string_view text) {
    std::size_t end = at_;
    while (end < text.size() && is_ascii_word(static_cast<unsigned char>(text[end]))) ++end;
    if (end > at_ && end < text.size() && lower(text[end - 1]) == 'n' &&
        apostrophe(text.substr(end)))
      --end;
    if (end == at_) return false;
    gap_ = gap_ || last_ != CodePointKind::word;
    put(text.substr(at_, end - at_), CodePointKind::word);
    at_ = end;
    return true;
  }

  void put(std::string_view bytes, CodePointKind kind) {
    if (gap_) out_ += ' ';
    out_ += bytes;
    last_ = kind;
    gap_ = false;
    quoted_ = false;
  }

  void punctuation(std::uint32_t code) {
    const std::uint32_t plain = plain_form(code);
    gap_ = true;
    if (!keep_) {
      last_ = CodePointKind::punctuation;
      return;
    }
    if (plain == '"' && quoted_) return;
    std::array<char, 4> bytes;
    char* end = utf8::unchecked::append(plain, bytes.data());
    put({bytes.data(), static_cast<std::size_t>(end - bytes.data())}, CodePointKind::punctuation);
    quoted_ = plain == '"';
  }

  /// Sequences of more than one character; true if one was consumed.
  bool special(std::string_view text, std::string_view rest) {
    const char c = rest[0];
    if (c == 'n' || c == 'N') return negation(rest);
    if (c == '\'' || c == '`') return quote(rest, c);
    if (c == '\xe2' || c == '\xca') return short_form(rest, 0);
    if (c == '-') {
      const char bracket = treebank_bracket(rest);
      if (!bracket) return false;
      at_ += 5;
      punctuation(static_cast<unsigned char>(bracket));
      return true;
    }
    return (c == '.' || c == ',') && inside_number(text);
  }

  bool inside_number(std::string_view text) {
    if (at_ == 0 || at_ + 1 >= text.size() || gap_) return false;
    const auto digit = [&](std::size_t i) {
      return is_ascii_digit(static_cast<unsigned char>(text[i]));
    };
    if (!digit(at_ - 1) || !digit(at_ + 1)) return false;
    put(text.substr(at_, 1), CodePointKind::word);
    ++at_;
    return true;
  }

  bool quote(std::string_view rest, char c) {
    if (rest.size() > 1 && rest[1] == c) {
      at_ += 2;
      punctuation('"');
      return true;
    }
    return c == '\'' && short_form(rest, 0);
  }

  bool negation(std::string_view rest) {
    const std::size_t mark = apostrophe(rest.substr(1));
    return mark != 0 && rest.size() > 1 + mark && lower(rest[1 + mark]) == 't' &&
           short_form(rest, 1);
  }

  /// A clitic after `letters` letters: " 's", " n't"; needs a word before it.
  bool short_form(std::string_view rest, std::size_t letters) {
    if (last_ != CodePointKind::word) return false;
    const std::size_t mark = apostrophe(rest.substr(letters));
    const std::size_t after = mark ? clitic(rest.substr(letters + mark)) : 0;
    if (after == 0) return false;
    gap_ = true;
    put(rest.substr(0, letters), CodePointKind::word);
    if (keep_) put("'", CodePointKind::word);
    put(rest.substr(letters + mark, after), CodePointKind::word);
    at_ += letters + mark + after;
    return true;
  }

  std::string& out_;
  std::size_t at_ = 0;
  bool keep_;
  CodePointKind last_ = CodePointKind::space;
  bool gap_ = false;
  bool quoted_ = false;  // the last thing written is a double quote
};

}  // namespace

std::string_view name_of(Normalization mode) {
  return kNames[static_cast<std::size_t>(mode)];
}

Normalization normalization_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<Normalization>(i);
  throw Error("normalizer", "'" + std::string(name) + "' is not known",
              "choose among none, spaces, punctuation");
}

void normalize(Normalization mode, std::string_view text, std::string& out) {
  out.clear();
  if (mode == Normalization::none) {
    out.assign(text);
    return;
  }
  out.reserve(text.size() + text.size() / 4 + 8);
  Pass pass(mode, out);
  const bool ascii = is_ascii(text);
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const char* const bad = ascii ? end : utf8::find_invalid(at, end);
    pass.run({at, static_cast<std::size_t>(bad - at)});
    at = bad;
    if (at != end) {
      pass.gap();
      ++at;
    }
  }
}

}  // namespace gemel
