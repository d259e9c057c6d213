#pragma once
#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace gemel::evaluation {

/// How much of a test stands in the training file too. Texts are compared by loose_text_hash():
/// case, spaces and punctuation do not count.
struct Overlap {
  std::int64_t texts = 0, seen_texts = 0;        // distinct texts of the test; those in training
  std::int64_t pairs = 0, seen_pairs = 0;        // pairs of the test; those in training, either way
  std::int64_t both_seen = 0, both_unseen = 0;   // pairs of two seen, of two unseen texts
  std::vector<std::uint8_t> pair_is_new;         // [pairs], 1: not a training pair
  std::vector<std::uint8_t> both_texts_are_new;  // [pairs], 1: neither text is in training
};

/// The texts and pairs of a training file, as hashes (8 bytes each and a pair). Not thread-safe
/// while pairs are added.
class TrainingTexts {
 public:
  void add_pair(std::string_view text1, std::string_view text2);
  void add_text(std::string_view text);
  bool has_text(std::string_view text) const;
  bool has_pair(std::string_view text1, std::string_view text2) const;  ///< in either order

 private:
  friend class OverlapCount;
  std::unordered_set<std::uint64_t> texts_, pairs_;
};

/// Counts the pairs of a test, one after the other.
class OverlapCount {
 public:
  explicit OverlapCount(const TrainingTexts& training) : training_(&training) {}
  void add_pair(std::string_view text1, std::string_view text2);
  const Overlap& result() const { return overlap_; }

 private:
  const TrainingTexts* training_;
  std::unordered_set<std::uint64_t> texts_;
  Overlap overlap_;
};

}  // namespace gemel::evaluation
