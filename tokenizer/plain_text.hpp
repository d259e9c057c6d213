#pragma once
#include <string>

namespace gemel {

/// Does to a text what sentencepiece's nmt_nfkc (nmt_nfkc_cf if fold_case) would do, where that is
/// a matter of single characters: ASCII, Latin-1 and Cyrillic letters, kana, ideographs of the
/// first block, Hangul syllables, common East Asian punctuation and full-width forms.
/// @param text  valid UTF-8 without controls
/// @return false, with the text as it was, if it holds any other character
bool fold_plain_text(std::string& text, bool fold_case);

}  // namespace gemel
