#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "corpora/input_options.hpp"

namespace gemel {

/// One thing that a reader wants of each row, and the columns it may stand in.
struct WantedColumn {
  std::string role;                ///< for messages: "label", "text1", …
  std::string asked;               ///< a name, a number from 1, or "" for the usual place
  std::vector<std::string> usual;  ///< names it goes by in a header or as a JSON key
  std::size_t number = 0;          ///< where it stands without a header, from 1; 0: nowhere
  bool required = true;
  bool is_number = false;  ///< a label rather than a text
};

/// Where the wanted columns stand in a file.
struct ChosenColumns {
  bool header = false;               ///< the first row is a header
  std::vector<std::size_t> numbers;  ///< [wanted] from 1; 0: not in this file
};

/// The number that `asked` stands for, or 0 if it is a name.
/// Error "ROLE column: is 0; columns count from 1" and the like.
std::size_t column_number(const std::string& role, const std::string& asked);

/// Chooses the columns of a delimited file by its first row. Usual names match whatever their case,
/// names asked for exactly.
/// Error "FILE:1: there is no column 'NAME' for ROLE; choose among …", or if names are asked for
/// and the file is said to have no header.
ChosenColumns choose_columns(const std::string& file, Header header,
                             std::span<const WantedColumn> wanted,
                             std::span<const std::string_view> first_row);

}  // namespace gemel
