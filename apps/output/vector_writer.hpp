#pragma once
#include <span>
#include <string_view>

#include "apps/output/vector_format.hpp"
#include "core/file.hpp"
#include "core/hash.hpp"

namespace gemel::output {

struct VectorRow {
  std::string_view id, text;
  std::span<const float> vector;  // [D]
};

/// Writes rows of vectors into a file. Not thread-safe.
class VectorWriter {
 public:
  /// @param file      outlives this; nothing has been written to it
  /// @param dimension D
  /// @param with_text jsonl: the text too
  /// @param expected  rows that will probably come: if they do, the checksum of a format with a
  ///                  count in its header is there without reading the file back
  /// Throws Error where the format has a count in its header and the file is a pipe or device.
  VectorWriter(AtomicFile& file, VectorFormat format, std::int64_t dimension,
               bool with_text = false, std::int64_t expected = 0);
  void row(const VectorRow&);
  /// The same for each of these, whose vectors lie behind each other.
  void rows(std::span<const VectorRow>);
  /// Completes the header and flushes; the file is left to commit. Call once, after the last row.
  /// @return the checksum of the whole file
  Hash128 finish();
  std::int64_t count() const { return count_; }

 private:
  void put(std::string_view bytes);
  bool as_expected() const;
  AtomicFile* file_;
  VectorFormat format_;
  std::int64_t dimension_, expected_, count_ = 0;
  bool with_text_;
  StreamHash hash_;
};

}  // namespace gemel::output
