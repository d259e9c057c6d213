#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "corpora/bad_rows.hpp"
#include "corpora/input_options.hpp"
#include "corpora/label_kind.hpp"

namespace gemel {

/// One text for each tower, and whether they belong together.
struct TupleRow {
  std::vector<std::string> texts;  ///< [columns]
  float label = 1;                 ///< 1 where the file has no labels
  std::int64_t line = 0;           ///< where the row begins, from 1
};

/// Where the text of one tower stands.
struct TupleColumn {
  std::string name;  ///< the tower's, for messages too; not empty, none twice
  /// By name or by number from 1; "" for the column or key called like the tower, and without a
  /// header for the place in the list.
  std::string column;
};

struct TupleOptions {
  static constexpr std::size_t kFewest = 2, kMost = 16;
  InputOptions input;                ///< TSV where neither format nor name tell
  std::vector<TupleColumn> columns;  ///< kFewest to kMost, in the order of TupleRow::texts
  /// By name or by number from 1. "" for label, is_duplicate or score where a header, or a JSON
  /// row, has one; otherwise every label is 1.
  std::string label;
  LabelKind labels = LabelKind::binary;
  bool allow_empty_texts = false;  ///< false: a row with an empty or blank text is a bad row

  /// Error "columns: …" if there are too few or too many, or a name is empty or stands twice.
  void validate() const;
};

/// Reads rows of texts, one a tower, one row in memory at a time. Not thread-safe.
class TupleReader {
 public:
  /// Opens the file and chooses the columns. Error if that cannot be done.
  explicit TupleReader(const TupleOptions& options);
  ~TupleReader();
  TupleReader(TupleReader&&) noexcept;
  TupleReader& operator=(TupleReader&&) noexcept;

  /// The next good row, in the file's order; false at the end. Empty lines are passed over.
  /// Error "FILE:LINE: …" at a bad row under BadRowPolicy::fail, and always where columns go by
  /// place and a first text is 0 or 1, as a label would be.
  bool next(TupleRow& row);
  /// Under BadRowPolicy::skip, what was left out so far.
  const BadRows& bad_rows() const;
  /// Rows returned so far.
  std::int64_t count() const;
  /// "TSV, with a header, question: column 1, passage: column 2"; the label last, if there is one.
  std::string description() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gemel
