#include "train/augmented_words.hpp"

#include <utf8.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "tokenizer/code_point.hpp"

namespace gemel::train {
namespace {

/// Code point at `at` of valid UTF-8; `at` moves behind it.
std::uint32_t next(std::string_view text, std::size_t& at) {
  const char* p = text.data() + at;
  const std::uint32_t code = utf8::unchecked::next(p);
  at = static_cast<std::size_t>(p - text.data());
  return code;
}

void append(std::string& text, std::uint32_t code) {
  utf8::unchecked::append(code, std::back_inserter(text));
}

// Letters' forms by the Unicode blocks; pairs that differ in length or are not one to one, such as
// ß, ı and final sigma, stay as they are.
struct Letters {
  std::uint32_t first, last;  // capitals
  std::uint32_t step, shift;  // from one capital to the next, and to the small letter
};
constexpr Letters kLetters[] = {
    {'A', 'Z', 1, 32},       {0x00c0, 0x00d6, 1, 32}, {0x00d8, 0x00de, 1, 32},
    {0x0100, 0x012e, 2, 1},  {0x0132, 0x0136, 2, 1},  {0x0139, 0x0147, 2, 1},
    {0x014a, 0x0176, 2, 1},  {0x0179, 0x017d, 2, 1},  {0x0391, 0x03a1, 1, 32},
    {0x03a3, 0x03a9, 1, 32}, {0x0400, 0x040f, 1, 80}, {0x0410, 0x042f, 1, 32},
};

std::uint32_t upper(std::uint32_t code) {
  for (const Letters& l : kLetters)
    if (code >= l.first + l.shift && code <= l.last + l.shift &&
        (code - l.first - l.shift) % l.step == 0)
      return code - l.shift;
  return code;
}
std::uint32_t lower(std::uint32_t code) {
  for (const Letters& l : kLetters)
    if (code >= l.first && code <= l.last && (code - l.first) % l.step == 0) return code + l.shift;
  return code;
}

bool continues_word(std::uint32_t code) {
  const CodePointKind kind = kind_of(code);
  return kind == CodePointKind::word || kind == CodePointKind::mark;
}

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {
    for (std::size_t at = 0, begin = 0; at < text.size(); begin = at) {
      const std::uint32_t code = next(text, at);
      take(code, begin, at);
    }
    finish();
    list.end = text.substr(gap_);
  }
  WordList list;

 private:
  void take(std::uint32_t code, std::size_t begin, std::size_t end) {
    const CodePointKind kind = kind_of(code);
    if (kind == CodePointKind::space) {
      finish();
      return;
    }
    const bool ideograph = kind == CodePointKind::ideograph;
    const bool joins = kind == CodePointKind::punctuation || kind == CodePointKind::mark ||
                       kind == CodePointKind::ignored;
    if (open_ && !joins && !bare_ && (ideograph || ideographic_)) finish();
    if (!open_) {
      open_ = bare_ = true;
      ideographic_ = false;
      word_ = begin;
    }
    ideographic_ = ideographic_ || ideograph;
    bare_ = bare_ && joins;
    end_ = end;
  }
  void finish() {
    if (!open_) return;
    list.words.push_back({text_.substr(gap_, word_ - gap_),
                          std::string(text_.substr(word_, end_ - word_)), ideographic_});
    gap_ = end_;
    open_ = false;
  }

  std::string_view text_;
  std::size_t gap_ = 0, word_ = 0, end_ = 0;  // where the gap and the open word begin, and end
  bool open_ = false, ideographic_ = false;
  bool bare_ = true;  // of the open word, nothing but punctuation was seen yet
};

}  // namespace

WordList split_words(std::string_view text) {
  return Splitter(text).list;
}

std::string join_words(const WordList& list) {
  std::string text;
  const Word* last = nullptr;
  for (const Word& word : list.words) {
    text += word.gap;
    if (last && word.gap.empty() && !last->ideographic && !word.ideographic) text += ' ';
    text += word.text;
    last = &word;
  }
  return text += list.end;
}

std::vector<std::string> other_cases(std::string_view word) {
  std::string small, capital, first;
  bool letter = false;  // whether one was seen
  for (std::size_t at = 0; at < word.size();) {
    const std::uint32_t code = next(word, at);
    append(small, lower(code));
    append(capital, upper(code));
    append(first, letter ? lower(code) : upper(code));
    letter = letter || lower(code) != upper(code);
  }
  std::vector<std::string> forms;
  for (std::string* form : {&small, &capital, &first})
    if (*form != word && std::find(forms.begin(), forms.end(), *form) == forms.end())
      forms.push_back(std::move(*form));
  return forms;
}

std::string without_marks(std::string_view word, const std::function<bool()>& leaves_out) {
  std::string text;
  bool after = false;  // a letter or digit stands before
  for (std::size_t at = 0, begin = 0; at < word.size(); begin = at) {
    const std::uint32_t code = next(word, at);
    bool inside = false;
    if (after && at < word.size()) {
      std::size_t ahead = at;
      inside = continues_word(next(word, ahead));
    }
    after = continues_word(code);
    if (kind_of(code) == CodePointKind::punctuation && !inside && leaves_out()) continue;
    text += word.substr(begin, at - begin);
  }
  return text;
}

bool ends_in_punctuation(std::string_view word) {
  bool punctuation = false;
  for (std::size_t at = 0; at < word.size();)
    punctuation = kind_of(next(word, at)) == CodePointKind::punctuation;
  return punctuation;
}

}  // namespace gemel::train
