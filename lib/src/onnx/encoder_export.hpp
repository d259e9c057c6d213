#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "model/bundle_file.hpp"

namespace gemel::onnx {

struct ExportOptions {
  std::size_t tower = 0;      ///< index into the bundle's towers
  std::int64_t empty_id = 0;  ///< token id that stands for a text without tokens; 0 to V-1
  std::string version;        ///< of gemel, for the file
};

/// The bytes of an ONNX model (IR version 7, operator set 13) that computes a tower's embeddings in
/// f32 from token ids; encoder_graph.hpp tells its inputs and output. Its metadata_props hold, as
/// text, what a user of the vectors needs beside it: fingerprint, tower (of several), dimension,
/// vocabulary_size, empty_id, and as the bundle writes them normalizer, max_tokens, metric,
/// thresholds and calibration. Equal bundles give equal bytes.
/// Errors: Error naming the bundle (and the tower, of several) where the tower is no LSTM, attends,
/// or has more weights than an ONNX file holds (2 GiB), and as reading the weights does.
std::string export_tower(const BundleFile&, const ExportOptions&);

}  // namespace gemel::onnx
