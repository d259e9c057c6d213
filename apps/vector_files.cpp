#include "apps/vector_files.hpp"

#include "apps/bundle_files.hpp"
#include "apps/output/table.hpp"

namespace gemel::app {

VectorFiles::VectorFiles(const VectorPlaces& places, std::int64_t dimension, std::int64_t expected)
    : places_(places),
      vectors_(places.vectors, AtomicFile::Size::large),
      writer_(vectors_, places.format, dimension, places.with_text, expected) {
  if (!places.ids.empty()) ids_.emplace(places.ids);
  if (!places.manifest.empty()) manifest_.emplace(places.manifest);
}

void VectorFiles::rows(std::span<const output::VectorRow> rows) {
  writer_.rows(rows);
  if (!ids_) return;
  for (const output::VectorRow& row : rows) {
    const std::string line = output::tsv_field(row.id) + '\n';
    ids_hash_.update(line);
    ids_->write(line);
  }
}

void VectorFiles::flush() {
  if (!vectors_.seekable()) vectors_.flush();
}

// Everything is flushed before the first rename: a full disk shows while nothing has its name yet.
void VectorFiles::finish(output::VectorManifest manifest) {
  manifest.checksum = to_hex(writer_.finish());
  manifest.count = writer_.count();
  manifest.format = places_.format;
  if (places_.vectors != "-") manifest.file = base_name(places_.vectors);
  if (ids_) {
    manifest.ids_file = base_name(places_.ids);
    manifest.ids_checksum = to_hex(ids_hash_.digest());
    ids_->flush();
  }
  if (manifest_) {
    manifest_->write(to_json(manifest));
    manifest_->flush();
  }
  if (ids_) ids_->commit();
  if (manifest_) manifest_->commit();
  vectors_.commit();
}

}  // namespace gemel::app
