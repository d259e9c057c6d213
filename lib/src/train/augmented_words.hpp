#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gemel::train {

// What augment_text does to words, apart from chance. All texts are valid UTF-8.

struct Word {
  std::string_view gap;      // whitespace before it, in the text that was split
  std::string text;          // not empty
  bool ideographic = false;  // one ideograph and what belongs to it
};
struct WordList {
  std::vector<Word> words;
  std::string_view end;  // whitespace behind the last word
};

/// Words as augment_text has them; the views point into `text`.
WordList split_words(std::string_view text);
/// The text again. Words that whitespace parted are parted still, also where an ideograph between
/// them is gone.
std::string join_words(const WordList& list);

/// `word` in lower case, in capitals and with a capital first, as far as they differ from `word`
/// and from each other. Latin, Greek and Cyrillic letters whose two forms are equally long.
std::vector<std::string> other_cases(std::string_view word);

/// `word` without the punctuation marks for which `leaves_out` says so; marks between two letters
/// or digits ("don't", "3.5") are not asked for.
std::string without_marks(std::string_view word, const std::function<bool()>& leaves_out);

/// Whether the last code point is a punctuation mark.
bool ends_in_punctuation(std::string_view word);

}  // namespace gemel::train
