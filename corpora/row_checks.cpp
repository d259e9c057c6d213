#include "corpora/row_checks.hpp"

#include <charconv>
#include <cmath>
#include <gemel/error.hpp>

namespace gemel {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::optional<float> number_in(std::string_view text) {
  text = trimmed(text);
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

}  // namespace

const InputOptions& with_columns(const InputOptions& input, const std::string& rows) {
  const FileFormat format =
      input.format == FileFormat::automatic ? format_of_path(input.path) : input.format;
  if (format == FileFormat::text)
    throw Error(input.path, "plain text has no columns for " + rows,
                "choose the format tsv, csv or jsonl");
  return input;
}

WantedColumn label_column(std::string asked, std::size_t number, bool required) {
  return {"label", std::move(asked), {"label", "is_duplicate", "score"}, number, required, true};
}

std::optional<float> label_in(TableReader& table, std::string_view text, LabelKind kind) {
  const std::optional<float> value = number_in(text);
  const std::string found = "label '" + std::string(text.substr(0, 40)) + "' ";
  if (!value) {
    const bool header = table.line() == 1 && table.first_line_is_row();
    table.report({BadRow::bad_label, table.line(), 0, found + "is not a number",
                  header ? "if line 1 is a header, say so or choose the columns by name"
                         : "correct the row, or skip bad rows"});
  } else if (kind == LabelKind::binary && *value != 0 && *value != 1) {
    table.report({BadRow::bad_label, table.line(), 0, found + "is neither 0 nor 1",
                  "correct the row, skip bad rows, or say that labels are graded"});
    return std::nullopt;
  }
  return value;
}

bool texts_are_there(TableReader& table, std::size_t first, std::size_t last) {
  for (std::size_t i = first; i < last; ++i) {
    if (!trimmed(table.values()[i]).empty()) continue;
    table.report({BadRow::empty_text, table.line(), 0, table.role(i) + " is empty"});
    return false;
  }
  return true;
}

}  // namespace gemel
