#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gemel::app {

/// Configuration files: a "key = value" a line, keys named as the long options of the command line.
///
///     # a comment: from a '#' at the start of a line or behind a space to the line's end
///     epochs = 10
///     dev = dev.tsv         # repeat a key to give an option that may be repeated several times
///     notes = "say # twice" # quotes keep spaces, '#' and nothing at all: \" \\ \n \t \r within
///
/// UTF-8. Paths in it are relative to the current directory, not to the file. Pure functions; a
/// mistake is an Error at "FILE:LINE".

struct ConfigEntry {
  std::string name, value;
  std::int64_t line = 0;  // from 1
};

/// What stands below a "[NAME]" line; the first section has no name and begins with the file.
struct ConfigSection {
  std::string name;
  std::int64_t line = 0;
  std::vector<ConfigEntry> entries;
};

/// The file in sections, in order; always at least the nameless one. Names are not checked.
std::vector<ConfigSection> parse_sections(std::string_view text, const std::string& file);
/// A file that must not have sections.
std::vector<ConfigEntry> parse_config(std::string_view text, const std::string& file);

/// "NAME = VALUE\n", quoted where that is needed to read the same value back.
std::string config_line(std::string_view name, std::string_view value);
/// The text as comment lines of at most 100 columns, broken between words.
std::string config_comment(std::string_view text);

/// "did you mean 'food'?" or "did you mean 'a', 'b' or 'c'?": the allowed names nearest to what was
/// written, by insertions, deletions, changes and swaps of letters; "" where none is near.
std::string did_you_mean(std::string_view written, std::span<const std::string> allowed);

/// Options with their values, in order; an option given several times stands several times.
using ConfigRecord = std::vector<std::pair<std::string, std::string>>;

/// The record as a JSON object of strings, keys in order; repeated options become arrays of
/// strings.
std::string config_record_json(const ConfigRecord& record);
/// Such an object as a configuration file. Throws Error where it is none.
std::string config_from_record(std::string_view json);

}  // namespace gemel::app
