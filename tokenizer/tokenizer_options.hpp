#pragma once
#include <cstdint>
#include <string_view>

#include "tokenizer/normalizer.hpp"

namespace gemel {

enum class TokenizerKind {
  unigram,  ///< unigram language model (Kudo 2018)
  bpe,      ///< byte-pair encoding (Sennrich et al. 2016)
};
/// "unigram" or "bpe".
std::string_view name_of(TokenizerKind kind);
/// Inverse of name_of. Error "kind: 'NAME' is not known; choose among unigram, bpe".
TokenizerKind tokenizer_kind_from_name(std::string_view name);

/// How a tokenizer is trained. The defaults suit English and Chinese short texts alike.
struct TokenizerOptions {
  TokenizerKind kind = TokenizerKind::unigram;
  /// Pieces, <unk>, </s> and the 256 bytes included; 3 to 1,000,000, with byte_fallback from 259.
  std::int64_t vocabulary_size = 16000;
  /// NFKC with case folding; false: NFKC alone. Both are sentencepiece's nmt_ variants, which also
  /// drop control characters and make every kind of whitespace one space.
  bool fold_case = true;
  /// A character without a piece becomes its UTF-8 bytes, 3 ids for a rare ideograph, instead of
  /// <unk>.
  bool byte_fallback = true;
  /// What becomes of spacing and punctuation, in training and ever after.
  Normalization normalization = Normalization::spaces;
  /// Share of the corpus's characters that get a piece of their own, 0.98 to 1. The rest is typos
  /// and foreign scripts; 0.9995 keeps all of everyday Chinese and leaves room for words.
  double character_coverage = 0.9995;
  /// Texts learned from, sampled uniformly if there are more; 1 to 100,000,000. Memory grows with
  /// it: 1 to 2 GB for a million questions.
  std::int64_t max_sentences = 1000000;
  /// Threads, 1 to 1024. Sums are split by it, so the pieces' scores depend on it in the last
  /// digits: a fixed default, rather than the machine's cores, makes the same tokenizer everywhere.
  int threads = 16;
  /// Seed of the sample of texts.
  std::uint64_t seed = 1;

  /// Error "FIELD: is VALUE; allowed is LOW to HIGH".
  void validate() const;
};

}  // namespace gemel
