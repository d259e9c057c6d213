#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace gemel::evaluation {

/// A number in printf's format; "–" where it is undefined (NaN).
std::string table_number(double value, const char* format = "%.4f");

/// "3 of 12 (25.0 %)"; "–" of nothing.
std::string table_share(std::int64_t part, std::int64_t whole);

/// Columns for a terminal: the first `text_columns` to the left, the others to the right, two
/// spaces between. The first line is the heading; lines may be shorter than it. UTF-8, every
/// character one column wide.
std::string text_table(const std::vector<std::vector<std::string>>& lines,
                       std::size_t text_columns);

}  // namespace gemel::evaluation
