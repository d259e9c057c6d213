#pragma once
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gemel::evaluation {

/// The bag-of-words baseline: cosine of TF-IDF vectors. Features are those of text_features():
/// words for spaced scripts, characters and pairs of characters for the others. A feature's weight
/// is its count in the text times ln((1 + n)/(1 + df)) + 1 over n fitted texts of which df hold it
/// (scikit-learn's smooth idf); features never seen have df = 0.
class Tfidf {
 public:
  /// Counts one text. Fit on distinct texts, in any order.
  void add(std::string_view text);
  std::int64_t texts() const { return texts_; }

  /// 0 (nothing shared) to 1; 0 where a text has no features. Symmetric. Thread-safe once fitted.
  float score(std::string_view text1, std::string_view text2) const;

 private:
  using Vector = std::vector<std::pair<std::uint64_t, double>>;  // sorted by feature
  Vector vector(std::string_view text) const;                    // of length 1, or empty

  std::int64_t texts_ = 0;
  std::unordered_map<std::uint64_t, std::int64_t> document_frequency_;
};

}  // namespace gemel::evaluation
