#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "corpora/byte_source.hpp"

namespace gemel {

/// Lines of a source, in memory bounded by the longest. A UTF-8 byte order mark in front is left
/// out; the last line needs no line feed. Every byte is looked at once.
class LineReader {
 public:
  LineReader(const std::string& path, std::size_t max_bytes);

  /// The next line without its line feed (a carriage return stays), valid until the next call.
  /// Error "FILE:LINE: …" if it is longer than max_bytes, "FILE: …" if the file is UTF-16.
  bool next(std::string_view& line);
  /// Of the line last returned, from 1.
  std::int64_t line() const { return line_; }
  const std::string& name() const { return source_.name(); }

 private:
  bool fill();
  void skip_byte_order_mark();

  ByteSource source_;
  std::size_t max_bytes_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // bytes not returned yet: buffer_[begin_, end_)
  std::int64_t line_ = 0;
  bool at_end_ = false;
};

/// `line` without a carriage return at its end.
inline std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace gemel
