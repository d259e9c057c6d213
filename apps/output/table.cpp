#include "apps/output/table.hpp"

#include <array>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/check.hpp"

namespace gemel::output {
namespace {

constexpr std::array<std::string_view, 3> kFormats = {"tsv", "csv", "jsonl"};

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\n\r") == std::string_view::npos) return std::string(text);
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"') field += '"';
    field += c;
  }
  return field + '"';
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string plain(TableFormat format, const Cell& cell) {
  if (const auto* i = std::get_if<std::int64_t>(&cell)) return std::to_string(*i);
  if (const auto* d = std::get_if<double>(&cell)) return std::isfinite(*d) ? number(*d) : "";
  const auto* text = std::get_if<std::string_view>(&cell);
  if (!text) return "";
  return format == TableFormat::tsv ? tsv_field(*text) : csv_field(*text);
}

nlohmann::ordered_json json(const Cell& cell) {
  if (const auto* i = std::get_if<std::int64_t>(&cell)) return *i;
  if (const auto* d = std::get_if<double>(&cell))
    return std::isfinite(*d) ? nlohmann::ordered_json::parse(number(*d)) : nullptr;
  if (const auto* text = std::get_if<std::string_view>(&cell)) return std::string(*text);
  return nullptr;
}

}  // namespace

std::string_view name(TableFormat f) {
  return kFormats[static_cast<std::size_t>(f)];
}
TableFormat table_format_from_name(std::string_view n) {
  return static_cast<TableFormat>(index_of_name("output format", n, kFormats));
}
std::optional<TableFormat> table_format_from_ending(std::string_view path) {
  for (const std::string_view ending : kFormats)
    if (path.ends_with(ending) && path.substr(0, path.size() - ending.size()).ends_with('.'))
      return table_format_from_name(ending);
  return std::nullopt;
}

std::string tsv_field(std::string_view text) {
  std::string field;
  for (const char c : text) switch (c) {
      case '\t':
        field += "\\t";
        break;
      case '\n':
        field += "\\n";
        break;
      case '\r':
        field += "\\r";
        break;
      case '\\':
        field += "\\\\";
        break;
      default:
        field += c;
    }
  return field;
}

TableWriter::TableWriter(AtomicFile& file, TableFormat format, std::vector<std::string> columns)
    : file_(&file), format_(format), columns_(std::move(columns)) {
  if (format_ == TableFormat::jsonl) return;
  std::vector<Cell> header(columns_.begin(), columns_.end());
  row(header);
}

void TableWriter::row(const std::vector<Cell>& cells) {
  assert(cells.size() == columns_.size());
  std::string line;
  if (format_ == TableFormat::jsonl) {
    nlohmann::ordered_json object;
    for (std::size_t i = 0; i < cells.size(); ++i) object[columns_[i]] = json(cells[i]);
    line = object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  } else {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i) line += format_ == TableFormat::tsv ? '\t' : ',';
      line += plain(format_, cells[i]);
    }
  }
  file_->write(line + "\n");
}

}  // namespace gemel::output
