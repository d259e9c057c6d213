#pragma once
#include <optional>

#include "apps/output/vector_manifest.hpp"
#include "apps/output/vector_writer.hpp"
#include "apps/vector_places.hpp"

namespace gemel::app {

/// A file of vectors, its ids and its manifest, which appear together or not at all.
class VectorFiles {
 public:
  /// Opens all of them, so that an unwritable place shows before the work. Throws Error.
  /// @param expected rows that will probably come; see VectorWriter
  VectorFiles(const VectorPlaces&, std::int64_t dimension, std::int64_t expected = 0);
  /// Rows whose vectors lie behind each other.
  void rows(std::span<const output::VectorRow>);
  /// Sends rows on where somebody may be waiting at the other end of a pipe.
  void flush();
  /// Fills in files, count and checksums, writes the manifest and gives all files their names, the
  /// vectors last.
  void finish(output::VectorManifest);
  std::int64_t count() const { return writer_.count(); }
  std::uint64_t bytes() const { return vectors_.size(); }

 private:
  VectorPlaces places_;
  AtomicFile vectors_;
  output::VectorWriter writer_;
  std::optional<AtomicFile> ids_, manifest_;
  StreamHash ids_hash_;
};

}  // namespace gemel::app
