#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "tokenizer/piece_trie.hpp"
#include "tokenizer/segment_sampler.hpp"

namespace gemel {

/// The best segmentation under a unigram model, as sentencepiece finds it but several times faster:
/// without its alignments, and word by word, because no piece goes on past a space. sentencepiece
/// adds up scores in float over the whole text. Where a second segmentation comes so near to the
/// best that its rounding may decide between them, or anything else is not certain, this gives up.
/// Immutable, thread-safe.
class UnigramSegmenter {
 public:
  /// @param pieces  U+2581 only in front; distinct
  /// @param byte_ids  [256] ids of the byte pieces, or empty
  UnigramSegmenter(std::vector<SamplerPiece> pieces, std::vector<std::int32_t> byte_ids);

  /// Whether a model's pieces keep to words: U+2581 alone is one, and none has it further on.
  static bool suits(const std::vector<SamplerPiece>& pieces);

  /// Appends the ids of `text`, of its first words if these make max_ids already.
  /// @param text  as sentencepiece's own normalisation leaves it, spaces not yet U+2581; valid
  /// UTF-8
  /// @return false if sentencepiece must decide; what `ids` holds is then of no use
  bool segment(std::string_view text, std::size_t max_ids, std::vector<std::int32_t>& ids) const;

 private:
  struct Piece {
    std::int32_t id;
    float score;
    double reach;  // the most that words before may cost if this piece alone is to be a word's best
  };
  struct Cut;
  bool cut(std::string_view word, Cut& result) const;
  bool append(std::string_view word, const Cut&, std::vector<std::int32_t>& ids) const;

  PieceTrie trie_;             // of the pieces' texts, a space for U+2581
  std::vector<Piece> pieces_;  // [pieces] in the order of their texts
  std::vector<std::int32_t> byte_ids_;
  double unknown_score_ = 0;
};

}  // namespace gemel
