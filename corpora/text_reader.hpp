#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "corpora/bad_rows.hpp"
#include "corpora/input_options.hpp"

namespace gemel {

/// One text.
struct TextRow {
  std::string text;
  std::string id;         ///< empty if the file has no such column
  std::int64_t line = 0;  ///< where the row begins, from 1
};

/// Columns by name or by number from 1; "" for the usual place: a column or key `text`, and `id` if
/// there is one; without a header, text is column 1 and there is no id.
struct TextColumns {
  std::string text, id;
};

struct TextOptions {
  InputOptions input;  ///< plain text where neither format nor name tell
  TextColumns columns;
};

/// Reads texts, one row in memory at a time. Not thread-safe.
class TextReader {
 public:
  /// Opens the file and chooses the columns. Error if that cannot be done.
  explicit TextReader(const TextOptions& options);
  ~TextReader();
  TextReader(TextReader&&) noexcept;
  TextReader& operator=(TextReader&&) noexcept;

  /// The next good row, in the file's order; false at the end. An empty line is an empty text, so
  /// that rows and lines stay in step. Error "FILE:LINE: …" at a bad row under BadRowPolicy::fail.
  bool next(TextRow& row);
  /// Under BadRowPolicy::skip, what was left out so far.
  const BadRows& bad_rows() const;
  /// Rows returned so far, and how many of them had an empty or blank text.
  std::int64_t count() const;
  std::int64_t empty_count() const;
  /// "CSV, with a header, text: column 2, id: column 1".
  std::string description() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gemel
