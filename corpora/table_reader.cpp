#include "corpora/table_reader.hpp"

#include <algorithm>
#include <gemel/error.hpp>

namespace gemel {
namespace {

const InputOptions& checked(const InputOptions& options) {
  options.validate();
  return options;
}

FileFormat resolved(const InputOptions& options, FileFormat fallback) {
  if (options.format != FileFormat::automatic) return options.format;
  const FileFormat by_name = format_of_path(options.path);
  return by_name == FileFormat::automatic ? fallback : by_name;
}

std::vector<JsonValue> json_values(const std::vector<WantedColumn>& wanted) {
  std::vector<JsonValue> values;
  for (const WantedColumn& column : wanted) {
    if (!column.asked.empty() && column_number(column.role, column.asked) != 0)
      throw Error(column.role + " column", "is the number " + column.asked,
                  "name a key, since JSON objects have no order");
    JsonValue value{column.usual, column.required || !column.asked.empty(), column.is_number};
    if (!column.asked.empty()) value.keys = {column.asked};
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace

TableReader::TableReader(const InputOptions& options, std::vector<WantedColumn> wanted,
                         FileFormat fallback)
    : options_(checked(options)),
      wanted_(std::move(wanted)),
      lines_(options_.path, static_cast<std::size_t>(options_.max_row_bytes)) {
  options_.format = resolved(options_, fallback);
  switch (options_.format) {
    case FileFormat::jsonl:
      rows_ = jsonl_rows(lines_, json_values(wanted_));
      return;
    case FileFormat::csv:
      rows_ = csv_rows(lines_, static_cast<std::size_t>(options_.max_row_bytes));
      break;
    case FileFormat::tsv:
      rows_ = tsv_rows(lines_);
      break;
    default:
      rows_ = text_rows(lines_);
      options_.header = Header::no;
  }
  choose();
}

void TableReader::choose() {
  pending_ = rows_->next(row_);
  chosen_ =
      choose_columns(lines_.name(), pending_ ? options_.header : Header::no, wanted_, row_.fields);
  if (!chosen_.header) return;
  if (row_.problem) {
    options_.bad_rows = BadRowPolicy::fail;  // without its header the file cannot be read
    report(*row_.problem);
  }
  pending_ = false;
}

void TableReader::report(Problem problem) {
  std::string where = lines_.name() + ":" + std::to_string(problem.line);
  if (problem.column > 0) where += ":" + std::to_string(problem.column);
  Error error(std::move(where), std::move(problem.what), std::move(problem.advice));
  if (options_.bad_rows == BadRowPolicy::fail) throw error;
  bad_rows_.add(problem.kind, error.what());
}

/// Fills values_ from row_; false if the row is bad.
bool TableReader::read_values() {
  if (row_.problem) {
    report(*row_.problem);
    return false;
  }
  if (options_.format == FileFormat::jsonl || row_.blank) {
    values_ = row_.fields;
    values_.resize(wanted_.size());
    return true;
  }
  values_.clear();
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    const std::size_t number = chosen_.numbers[i];
    if (number > row_.fields.size()) {
      const std::size_t n = row_.fields.size();
      report({BadRow::missing_column, row_.line, 0,
              "the row has " + std::to_string(n) + (n == 1 ? " column" : " columns") + ", but " +
                  wanted_[i].role + " is column " + std::to_string(number),
              "check the format and the columns, correct the row, or skip bad rows"});
      return false;
    }
    values_.push_back(number == 0 ? std::string_view{} : row_.fields[number - 1]);
  }
  return true;
}

bool TableReader::next() {
  for (;;) {
    if (!pending_ && !rows_->next(row_)) return false;
    pending_ = false;
    if (read_values()) return true;
  }
}

std::string TableReader::description() const {
  const bool json = options_.format == FileFormat::jsonl;
  std::string text(name_of(options_.format));
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  if (options_.format == FileFormat::text) return "text, one a line";
  if (!json) text += chosen_.header ? ", with a header" : ", no header";
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    if (json) {
      const WantedColumn& column = wanted_[i];
      text += ", " + column.role + ": key " +
              (column.asked.empty() ? column.usual.front() : column.asked);
    } else if (chosen_.numbers[i] != 0) {
      text += ", " + wanted_[i].role + ": column " + std::to_string(chosen_.numbers[i]);
    }
  }
  return text;
}

}  // namespace gemel
