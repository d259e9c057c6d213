#include "corpora/columns.hpp"

#include <algorithm>
#include <charconv>
#include <gemel/error.hpp>

namespace gemel {
namespace {

using Names = std::span<const std::string_view>;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

/// Number of the first column that bears one of the usual names, earlier names first; or 0.
std::size_t find_usual(const WantedColumn& wanted, Names row) {
  for (const std::string& name : wanted.usual)
    for (std::size_t i = 0; i < row.size(); ++i)
      if (same_name(row[i], name)) return i + 1;
  return 0;
}

bool looks_like_header(std::span<const WantedColumn> wanted, Names row) {
  bool any = false;
  for (const WantedColumn& column : wanted) {
    if (!column.asked.empty() || !column.required) continue;
    if (find_usual(column, row) == 0) return false;
    any = true;
  }
  return any;
}

[[noreturn]] void no_such_column(const std::string& file, const WantedColumn& wanted,
                                 const std::string& name, Names row) {
  std::string names;
  for (std::size_t i = 0; i < row.size() && i < 20; ++i)
    names += (i ? ", " : "") + std::string(row[i].substr(0, 40));
  throw Error(file + ":1", "there is no column '" + name + "' for " + wanted.role,
              "choose among " + names);
}

std::size_t column_in_header(const std::string& file, const WantedColumn& wanted, Names row) {
  if (wanted.asked.empty()) {
    const std::size_t usual = find_usual(wanted, row);
    if (usual != 0 || !wanted.required) return usual;
    if (wanted.number != 0 && wanted.number <= row.size()) return wanted.number;
    no_such_column(file, wanted, wanted.usual.front(), row);
  }
  if (const std::size_t number = column_number(wanted.role, wanted.asked)) return number;
  const auto found = std::find(row.begin(), row.end(), wanted.asked);
  if (found == row.end()) no_such_column(file, wanted, wanted.asked, row);
  return static_cast<std::size_t>(found - row.begin()) + 1;
}

}  // namespace

std::size_t column_number(const std::string& role, const std::string& asked) {
  if (asked.find_first_not_of("0123456789") != std::string::npos) return 0;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(asked.data(), asked.data() + asked.size(), number);
  if (error != std::errc{} || number == 0 || number > 1000000)
    throw Error(role + " column", "is " + asked, "columns count from 1 to 1000000");
  return number;
}

ChosenColumns choose_columns(const std::string& file, Header header,
                             std::span<const WantedColumn> wanted, Names row) {
  ChosenColumns chosen;
  for (const WantedColumn& column : wanted)
    if (!column.asked.empty() && column_number(column.role, column.asked) == 0) {
      chosen.header = true;
      if (header == Header::no)
        throw Error(column.role + " column", "'" + column.asked + "' is a name",
                    "give a number, since the file is said to have no header");
    }
  chosen.header = chosen.header || header == Header::yes ||
                  (header == Header::automatic && looks_like_header(wanted, row));
  for (const WantedColumn& column : wanted)
    if (chosen.header)
      chosen.numbers.push_back(column_in_header(file, column, row));
    else if (column.asked.empty())
      chosen.numbers.push_back(column.number);
    else
      chosen.numbers.push_back(column_number(column.role, column.asked));
  return chosen;
}

}  // namespace gemel
