#pragma once
#include <string>
#include <string_view>

namespace gemel {

/// What happens to spacing and punctuation before a text reaches the tokenizer. Corpora mix a
/// natural style ("startup idea?") and a tokenised one ("startup idea ?", "do n't", "-LRB-"), and
/// where the style goes with the label a model learns the style. Case, width and compatibility
/// forms are the tokenizer's own affair (NFKC).
enum class Normalization {
  /// The text as it stands; the tokenizer collapses runs of whitespace.
  none,
  /// Whitespace counts between two word characters only: every punctuation mark stands alone as a
  /// word of its own, ideographs and kana stand without spaces, and English clitics are split off
  /// ("don't" and "do n't" both become "do n't"). Quotes and dashes take their ASCII form, a run of
  /// double quotes is one, and Penn Treebank's ``, '' and -LRB- are undone. A point or comma inside
  /// a number stays in it.
  spaces,
  /// As `spaces`, but punctuation becomes a space. Symbols with a meaning (# $ % & @ + < = >,
  /// currency, emoji) and the points and commas inside numbers stay.
  punctuation,
};

/// "none", "spaces" or "punctuation".
std::string_view name_of(Normalization mode);
/// Inverse of name_of. Error "normalizer: 'NAME' is not known; choose among none, spaces,
/// punctuation".
Normalization normalization_from_name(std::string_view name);

/// Writes the normal form of `text` to `out` (replaced). Any bytes are accepted: invalid UTF-8 and
/// control characters count as whitespace (mode none copies them). Each word begins with one space,
/// the first one too, so a text without words gives an empty string. Idempotent. Thread-safe.
void normalize(Normalization mode, std::string_view text, std::string& out);

}  // namespace gemel
