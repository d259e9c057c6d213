#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/model_config.hpp"

namespace gemel::train {

/// Labelled pairs, triplets or tuples over a table of distinct texts, with their token ids. Filled
/// once (add, then tokenise), read-only afterwards and then shareable between threads.
///
/// The unit of training is the example: one row of a file. It becomes one pair, or two pairs and a
/// triplet (anchor and positive, anchor and negative), or one pair for each link between towers.
class Dataset {
 public:
  struct Pair {
    std::int32_t a, b;      // rows of the text table
    float label;            // 1 same, 0 not; between them a degree, or if soft a probability
    std::int32_t link = 0;  // which two towers read a and b
    bool soft = false;      // the label is a classifier's, see loss::Pair

    /// Whether somebody labelled it a duplicate, or nearly one.
    bool positive() const { return !soft && label >= 0.5f; }
  };
  struct Triplet {
    std::int32_t anchor, positive, negative;  // rows of the text table
  };
  /// First of an example's pairs and triplets; they end where the next example's begin.
  struct Example {
    std::int64_t pair, triplet;
    std::int32_t lone = -1;  // a text that stands alone, as a teacher's do
  };
  Dataset() = default;
  // The index points into the texts, which stay where they are in a move but not in a copy.
  Dataset(Dataset&&) = default;
  Dataset& operator=(Dataset&&) = default;

  /// Turns a text into ids, one or more.
  using Tokenise = std::function<void(std::string_view, std::vector<std::int32_t>&)>;

  void add(std::string_view text1, std::string_view text2, float label);
  /// A pair whose label is a classifier's probability, 0 to 1: it joins no group.
  void add_soft(std::string_view text1, std::string_view text2, float probability);
  void add_triplet(std::string_view anchor, std::string_view positive, std::string_view negative);
  /// @param texts one a tower
  void add_tuple(std::span<const std::string> texts, std::span<const TowerLink>, float label);
  /// An example of two texts that are there already, such as a pair found by closure.
  void add_rows(std::int32_t a, std::int32_t b, float label);
  /// An example of one text, for losses that ask no other.
  void add_lone(std::string_view text);
  /// Fills the token lists and groups, on several threads; longer lists are cut to max_tokens.
  void tokenise(const Tokenise&, int max_tokens, int threads);

  std::int64_t text_count() const { return static_cast<std::int64_t>(texts_.size()); }
  const std::string& text(std::int64_t row) const { return texts_[static_cast<std::size_t>(row)]; }
  /// Row of a text, -1 where it is not there.
  std::int32_t find(std::string_view text) const;
  const std::vector<Pair>& pairs() const { return pairs_; }
  const std::vector<Triplet>& triplets() const { return triplets_; }
  std::int64_t example_count() const { return static_cast<std::int64_t>(examples_.size()); }
  std::int32_t example_lone(std::int64_t example) const {
    return examples_[static_cast<std::size_t>(example)].lone;
  }
  std::span<const Pair> example_pairs(std::int64_t example) const;
  std::span<const Triplet> example_triplets(std::int64_t example) const;
  std::span<const std::int32_t> tokens(std::int64_t row) const {
    const auto i = static_cast<std::size_t>(row);
    return {ids_.data() + start_[i], static_cast<std::size_t>(start_[i + 1] - start_[i])};
  }
  /// How many token lists were cut to max_tokens.
  std::int64_t truncated() const { return truncated_; }
  std::int64_t token_count() const { return static_cast<std::int64_t>(ids_.size()); }
  /// [text_count]: texts joined by labelled duplicates (label >= 0.5), directly or through others,
  /// share a number: the transitive closure.
  const std::vector<std::int32_t>& groups() const { return groups_; }
  /// Hash of all texts, examples and labels in order: the data's checksum, 32 hexadecimal digits.
  std::string checksum() const;

 private:
  std::int32_t intern(std::string_view text);
  void begin_example() {
    examples_.push_back(
        {static_cast<std::int64_t>(pairs_.size()), static_cast<std::int64_t>(triplets_.size())});
  }
  std::deque<std::string> texts_;  // a deque, because the index points into its strings
  std::unordered_map<std::string_view, std::int32_t> index_;
  std::vector<Example> examples_;
  std::vector<Pair> pairs_;
  std::vector<Triplet> triplets_;
  std::vector<std::int32_t> ids_;    // all token lists, one behind the other
  std::vector<std::int64_t> start_;  // [text_count + 1]
  std::vector<std::int32_t> groups_;
  std::int64_t truncated_ = 0;
};

}  // namespace gemel::train
