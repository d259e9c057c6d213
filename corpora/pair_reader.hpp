#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "corpora/bad_rows.hpp"
#include "corpora/input_options.hpp"
#include "corpora/label_kind.hpp"

namespace gemel {

/// One labelled pair.
struct PairRow {
  std::string text1, text2;
  float label = 0;
  std::int64_t line = 0;  ///< where the row begins, from 1
};

/// Columns by name or by number from 1; "" for the usual place. In a header, or as JSON keys, the
/// usual names are label, is_duplicate or score; text1, question1 or sentence1; text2, question2 or
/// sentence2. Without a header: label 1, text1 2, text2 3.
struct PairColumns {
  std::string label, text1, text2;
};

struct PairOptions {
  InputOptions input;  ///< TSV where neither format nor name tell
  PairColumns columns;
  LabelKind labels = LabelKind::binary;
  bool allow_empty_texts = false;  ///< false: a pair with an empty or blank text is a bad row
};

/// Reads labelled pairs, one row in memory at a time. Not thread-safe.
class PairReader {
 public:
  /// Opens the file and chooses the columns. Error if that cannot be done.
  explicit PairReader(const PairOptions& options);
  ~PairReader();
  PairReader(PairReader&&) noexcept;
  PairReader& operator=(PairReader&&) noexcept;

  /// The next good pair, in the file's order; false at the end. Empty lines are passed over.
  /// Error "FILE:LINE: …" at a bad row under BadRowPolicy::fail.
  bool next(PairRow& pair);
  /// Under BadRowPolicy::skip, what was left out so far.
  const BadRows& bad_rows() const;
  /// Pairs returned so far.
  std::int64_t count() const;
  /// "TSV, no header, label: column 1, text1: column 2, text2: column 3".
  std::string description() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gemel
