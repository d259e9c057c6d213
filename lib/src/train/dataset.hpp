#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gemel::train {

/// Labelled pairs over a table of distinct texts, with their token ids. Filled once (add, then
/// tokenise), read-only afterwards and then shareable between threads.
class Dataset {
 public:
  struct Pair {
    std::int32_t a, b;  // rows of the text table
    float label;
  };
  /// Turns a text into ids, one or more.
  using Tokenise = std::function<void(std::string_view, std::vector<std::int32_t>&)>;

  void add(std::string_view text1, std::string_view text2, float label);
  /// Fills the token lists, on several threads; longer lists are cut to max_tokens.
  void tokenise(const Tokenise&, int max_tokens, int threads);

  std::int64_t text_count() const { return static_cast<std::int64_t>(texts_.size()); }
  const std::string& text(std::int64_t row) const { return texts_[static_cast<std::size_t>(row)]; }
  const std::vector<Pair>& pairs() const { return pairs_; }
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
  /// Hash of all texts, pairs and labels in order: the data's checksum, 32 hexadecimal digits.
  std::string checksum() const;

 private:
  std::int32_t intern(std::string_view text);
  std::deque<std::string> texts_;  // a deque, because the index points into its strings
  std::unordered_map<std::string_view, std::int32_t> index_;
  std::vector<Pair> pairs_;
  std::vector<std::int32_t> ids_;    // all token lists, one behind the other
  std::vector<std::int64_t> start_;  // [text_count + 1]
  std::vector<std::int32_t> groups_;
  std::int64_t truncated_ = 0;
};

}  // namespace gemel::train
