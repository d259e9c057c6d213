#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace gemel {

enum class FileFormat {
  automatic,  ///< by the name's ending, .gz and .zst set aside; where that says nothing, see reader
  text,       ///< one text a line (.txt)
  tsv,        ///< fields between tabs, no quoting (.tsv, .tab)
  csv,        ///< fields between commas, RFC 4180 quoting, line breaks inside quotes (.csv)
  jsonl,      ///< one JSON object a line (.jsonl, .ndjson)
};
/// "automatic", "text", "tsv", "csv" or "jsonl".
std::string_view name_of(FileFormat format);
/// Inverse of name_of. Error "format: 'NAME' is not known; choose among …".
FileFormat file_format_from_name(std::string_view name);
/// The format that a path's ending stands for; automatic if none.
FileFormat format_of_path(std::string_view path);

enum class Header {
  automatic,  ///< yes if a column is chosen by name, or the first row holds the usual names
  yes,
  no,
};

enum class BadRowPolicy {
  fail,  ///< throw Error at the first one
  skip,  ///< leave it out, count it, and keep the first messages
};

/// What to read and how strictly.
struct InputOptions {
  std::string path = "-";  ///< a file, or "-" for standard input; .gz and .zst are told by content
  FileFormat format = FileFormat::automatic;
  Header header = Header::automatic;  ///< TSV and CSV only
  BadRowPolicy bad_rows = BadRowPolicy::fail;
  /// Bytes of the longest row, 1 to 2^40; a longer one is an Error under either policy.
  std::int64_t max_row_bytes = std::int64_t{64} << 20;

  /// Error "FIELD: is VALUE; …".
  void validate() const;
};

}  // namespace gemel
