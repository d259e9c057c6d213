#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemel {

enum class BadRow {
  invalid_utf8,
  nul_byte,
  missing_column,
  bad_label,
  empty_text,
  quoting,
  json,
  bad_vector
};
constexpr std::size_t kBadRowKinds = 8;
/// As it reads after a count: "with invalid UTF-8", "without a wanted column", …
std::string_view name_of(BadRow kind);

/// What is wrong with one row.
struct Problem {
  BadRow kind = BadRow::missing_column;
  std::int64_t line = 0;    ///< from 1
  std::int64_t column = 0;  ///< byte of the line, from 1; 0: the row as a whole
  std::string what;
  std::string advice = "correct the row, or skip bad rows";
};

/// The first invalid UTF-8 byte or NUL of a line.
std::optional<Problem> find_bad_byte(std::string_view text, std::int64_t line);

/// Rows left out of what a reader returned.
struct BadRows {
  static constexpr std::size_t kMessages = 10;
  std::int64_t count = 0;
  std::array<std::int64_t, kBadRowKinds> by_kind{};  ///< indexed by BadRow
  std::vector<std::string> messages;                 ///< the first kMessages, "FILE:LINE: …"

  void add(BadRow kind, std::string message);
  /// "2 bad rows: 1 with invalid UTF-8, 1 with an empty text"; "no bad rows".
  std::string summary() const;
};

}  // namespace gemel
