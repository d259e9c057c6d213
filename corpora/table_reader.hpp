#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "corpora/columns.hpp"
#include "corpora/rows.hpp"

namespace gemel {

/// The wanted columns of any format's rows, and the account of bad rows: what the readers of pairs,
/// triplets, tuples and texts share. Not thread-safe.
class TableReader {
 public:
  /// @param fallback  format where neither options nor name tell one
  TableReader(const InputOptions& options, std::vector<WantedColumn> wanted, FileFormat fallback);

  /// Reads the next row; false at the end. Bad rows are passed over (policy skip) or thrown.
  bool next();
  /// Of the row read last: one value a wanted column, empty and without data() if it is not there;
  /// valid until next().
  const std::vector<std::string_view>& values() const { return values_; }
  /// As messages name the wanted column `i`, from 0.
  const std::string& role(std::size_t i) const { return wanted_[i].role; }
  std::int64_t line() const { return row_.line; }
  bool blank() const { return row_.blank; }

  /// Throws `problem` as "FILE:LINE[:COLUMN]: …", or counts it, as the policy says.
  void report(Problem problem);
  const BadRows& bad_rows() const { return bad_rows_; }
  /// Whether line 1 was read as a row, though it might have been a header.
  bool first_line_is_row() const { return !chosen_.header && options_.format != FileFormat::jsonl; }

  /// "TSV, no header, label: column 1, text1: column 2".
  std::string description() const;

 private:
  void choose();
  bool read_values();

  InputOptions options_;
  std::vector<WantedColumn> wanted_;
  LineReader lines_;
  std::unique_ptr<Rows> rows_;
  ChosenColumns chosen_;  // delimited formats only
  Row row_;
  bool pending_ = false;  // row_ was read to choose the columns and is not returned yet
  std::vector<std::string_view> values_;
  BadRows bad_rows_;
};

}  // namespace gemel
