#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/file.hpp"

namespace gemel::output {

/// tsv: a header row; tab, line feed, carriage return and backslash inside a field are written \t,
///      \n, \r and \\, so that a row is always one line.
/// csv: a header row; RFC 4180, fields with comma, quote or line break are quoted, lines end in LF.
/// jsonl: an object a row; invalid UTF-8 becomes U+FFFD.
enum class TableFormat { tsv, csv, jsonl };
std::string_view name(TableFormat);
TableFormat table_format_from_name(std::string_view);  ///< throws Error with the allowed names
/// That of a file's ending .tsv, .csv or .jsonl, if it has one of them.
std::optional<TableFormat> table_format_from_ending(std::string_view path);

/// The text as a field of tsv.
std::string tsv_field(std::string_view text);

/// A value of a cell. An empty std::monostate is an empty field, or null in JSON. A double prints
/// with six significant digits.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string_view>;

/// Rows under named columns, straight into a file.
class TableWriter {
 public:
  /// The header of tsv and csv is written at once. `file` outlives this.
  TableWriter(AtomicFile& file, TableFormat format, std::vector<std::string> columns);
  /// As many cells as there are columns (asserted).
  void row(const std::vector<Cell>& cells);

 private:
  AtomicFile* file_;
  TableFormat format_;
  std::vector<std::string> columns_;
};

}  // namespace gemel::output
