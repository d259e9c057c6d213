#include "train/evaluation/text_table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace gemel::evaluation {
namespace {

std::size_t width(const std::string& utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string table_number(double value, const char* format) {
  if (std::isnan(value)) return "–";
  char text[40];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string table_share(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return "–";
  return std::to_string(part) + " of " + std::to_string(whole) + " (" +
         table_number(100 * static_cast<double>(part) / static_cast<double>(whole), "%.1f %%") +
         ")";
}

std::string text_table(const std::vector<std::vector<std::string>>& lines,
                       std::size_t text_columns) {
  std::vector<std::size_t> widths(lines.front().size());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width(line[i]));
  std::string out;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string padding(widths[i] - width(line[i]), ' ');
      out += i ? "  " : "";
      out += i < text_columns ? line[i] + padding : padding + line[i];
    }
    out += '\n';
  }
  return out;
}

}  // namespace gemel::evaluation
