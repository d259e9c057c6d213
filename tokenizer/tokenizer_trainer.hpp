#pragma once
#include <functional>
#include <string>

#include "tokenizer/tokenizer_options.hpp"

namespace gemel {

/// Trains a tokenizer and returns its bytes, for the constructor of Tokenizer or for a file (they
/// are a sentencepiece model that carries the normalisation's name and a checksum).
/// @param next sets its argument to the next text and returns true, or returns false at the end
/// The same options and texts give the same bytes. Memory: options.max_sentences texts and
/// what sentencepiece needs for them. Texts of more than 4,000 bytes count as several.
/// Error: an option out of range, no text, a vocabulary too large or too small for the texts.
/// Silences sentencepiece's log for the whole process.
std::string train_tokenizer(const TokenizerOptions& options,
                            const std::function<bool(std::string& text)>& next);

}  // namespace gemel
