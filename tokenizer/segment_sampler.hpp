#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gemel {

/// sentencepiece's: an unknown character costs the worst piece's score less 10.
constexpr float kUnknownPenalty = 10;

/// One piece that may stand in a sampled segmentation.
struct SamplerPiece {
  std::string text;  ///< UTF-8, not empty
  std::int32_t id = 0;
  float score = 0;  ///< unigram: log probability; BPE: larger merges first
};

/// Draws segmentations of normalised text. sentencepiece can sample too, but from one generator a
/// thread, seeded once: its draws depend on which thread did what before. Immutable, thread-safe.
class SegmentSampler {
 public:
  /// @param byte_ids  [256] ids of the byte pieces, or empty
  /// @param unknown_id  id of a character without a piece if byte_ids is empty
  SegmentSampler(std::vector<SamplerPiece> pieces, std::vector<std::int32_t> byte_ids,
                 std::int32_t unknown_id);

  /// Appends ids of a segmentation drawn with P ∝ exp(alpha · sum of scores): forward sums, then
  /// backward draws. Time and memory are linear in the text's length.
  void sample_unigram(std::string_view text, double alpha, std::uint64_t seed,
                      std::vector<std::int32_t>& ids) const;
  /// Appends ids after merging by score, each merge skipped with chance `skip` whenever its turn
  /// comes. O(n log n) in the text's length.
  void sample_bpe(std::string_view text, double skip, std::uint64_t seed,
                  std::vector<std::int32_t>& ids) const;

 private:
  // A trie: a node's children are consecutive, ordered by their byte.
  struct Node {
    std::int32_t first_child = 0;
    std::int32_t piece = -1;  // index into pieces_, or none
    std::uint16_t children = 0;
    std::uint8_t byte = 0;
  };
  void build();
  std::int32_t child(std::int32_t node, char byte) const;
  std::int32_t find(std::string_view text) const;
  void append(std::string_view text, std::int32_t piece, std::vector<std::int32_t>& ids) const;

  std::vector<SamplerPiece> pieces_;  // sorted by text
  std::vector<Node> nodes_;
  std::vector<std::int32_t> byte_ids_;
  std::int32_t unknown_id_;
  float unknown_score_ = 0;
};

}  // namespace gemel
