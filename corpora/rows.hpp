#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "corpora/bad_rows.hpp"
#include "corpora/line_reader.hpp"

namespace gemel {

/// One row as its format has it.
struct Row {
  std::vector<std::string_view> fields;  ///< valid until the next row is read
  std::int64_t line = 0;                 ///< where it begins
  bool blank = false;                    ///< an empty line: one empty field
  std::optional<Problem> problem;        ///< the fields are then incomplete or not text
};

/// Rows of one file. Not thread-safe.
class Rows {
 public:
  virtual ~Rows() = default;
  /// False at the end of the file. Error if the rest of the file cannot be read as rows.
  virtual bool next(Row& row) = 0;
};

/// Each line one field.
std::unique_ptr<Rows> text_rows(LineReader& lines);
/// Each line split at its tabs.
std::unique_ptr<Rows> tsv_rows(LineReader& lines);
/// RFC 4180 with line feeds inside quotes. A stray quote makes a bad row and reading goes on with
/// the next line; a quoted field that never ends is an Error that names the line it opens on, a row
/// of more than max_bytes one that names the line the row begins on.
std::unique_ptr<Rows> csv_rows(LineReader& lines, std::size_t max_bytes);

/// A value that a JSON object should hold: the first of `keys` that is there, as a string, or, if
/// `number`, also as a number or truth value, written out.
struct JsonValue {
  std::vector<std::string> keys;
  bool required = true;
  bool number = false;
};
/// Each line an object; a row has one field for each of `values`, empty and without data() if it is
/// not required and not there.
std::unique_ptr<Rows> jsonl_rows(LineReader& lines, std::vector<JsonValue> values);

}  // namespace gemel
