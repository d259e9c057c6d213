#pragma once
#include <cstdint>
#include <string>

#include "apps/output/vector_format.hpp"

namespace gemel::output {

/// What a file of vectors holds and where it comes from. Files are remembered by base name only.
struct VectorManifest {
  std::string version;  ///< of gemel
  std::string file;     ///< the vectors; empty for standard output
  VectorFormat format = VectorFormat::npy;
  std::int64_t count = 0;            ///< n, rows
  std::int64_t dimension = 0;        ///< D, floats a row
  std::string checksum;              ///< XXH3-128 of the vectors file, 32 hexadecimal digits
  std::string ids_file;              ///< empty if none was written
  std::string ids_checksum;          ///< XXH3-128 of the ids file
  std::string model;                 ///< the bundle's file
  std::string fingerprint;           ///< of the bundle
  std::string tower;                 ///< its encoder that was used; empty where it has only one
  std::string metric;                ///< by which the model compares
  std::string precision;             ///< f32 or bf16, as used
  int max_tokens = 0;                ///< tokens of a text that were read
  std::string source;                ///< file of texts
  std::int64_t bad_rows = 0;         ///< rows of it that were left out
  std::int64_t empty_texts = 0;      ///< rows with a blank text; they have a vector too
  std::int64_t truncated_texts = 0;  ///< longer than max_tokens; repeats nearby count once
};

/// An indented JSON object, ending in a line feed.
std::string to_json(const VectorManifest&);

}  // namespace gemel::output
