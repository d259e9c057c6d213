#pragma once
// The model bundle, format version 1 to 4
//
// One safetensors file, little-endian:
//   8 bytes      n, the header's length
//   n bytes      JSON header, padded with spaces so that 8 + n is a multiple of 64
//   the rest     tensors back to back; each begins on a multiple of 64
// safetensors allows no holes between tensors, so a U8 tensor "padding.K" fills up each one whose
// size is no multiple of 64. Readers skip them.
//
// Tensors: the encoder's weights by their parameter names, all F32, all BF16, or matrices I8 and
// the rest F32; for each of I8, N elements, "scales.NAME" F32 [N / 128], by which every 128
// consecutive elements are to be multiplied; "tokenizer.model" U8, the sentencepiece model;
// "self_test.embeddings" F32 [texts, D], if any.
//
// __metadata__ (values are strings, so structures are JSON inside strings):
//   fingerprint     FIRST, directly after the fixed bytes {"__metadata__":{"fingerprint":" so that
//                   it stands at bytes 40 to 71: XXH3-128 of the whole file with these 32
//                   digits taken as '0'
//   format          "gemel"
//   format_version  "1"; "2" where the model has what readers of 1 do not know: several towers, a
//                   pair head, an encoder that is no plain LSTM; "3" where its calibration has a v;
//                   "4" where its head reads pooled vectors
//   encoder         the fields of EncoderConfig by name; of the first tower
//   towers          {"towers": [{"name", "encoder"}], "links": ["a:b"]}, the first without its
//                   encoder; with several towers, whose weights' names begin with "NAME/", or one
//                   that is not called "text", whose weights' names do not
//   head            {"size", "dropout", "input", "threshold", "value", "candidates", "found_on",
//                   "pairs"}, with a pair head only; input where it is "pooled", the last five once
//                   it was measured
//   precisions      [{"precision", "average_precision", "lost", "vector_error", "measured_on",
//                   "pairs"}], what computing in bf16 or int8 cost, once it was measured
//   metric, normalizer, notes   plain text
//   max_tokens      a whole number
//   calibration     {"w", "b", "ece", "fitted_on"}, with a logarithm "v" and "near" as well (see
//                   core/calibration_curve.hpp); absent while there is none
//   thresholds      {"accuracy", "f1", "precision"}, each {"score", "value", "found_on", "pairs"}
//                   and absent while unknown, and "precision_target"
//   training        a JSON object, free
//   self_tests      the self-test texts, in the rows' order
//   self_test_towers  which tower made each row, with several towers only
//   checksums       {tensor: XXH3-64 as 16 digits}; tells which tensor a damaged file damaged
//
// What may change: fields are only ever added. A reader ignores metadata keys and encoder fields
// that it does not know and gives a missing one its default, so an addition that older readers may
// ignore keeps the version. One that changes what an encoder computes raises it, and a reader
// refuses a version above its own.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/file.hpp"
#include "core/parameters.hpp"
#include "model/bundle.hpp"

namespace gemel {

/// Element type of weights in the file; they are f32 in memory. bf16 halves the file, int8 halves
/// it again (model/codes.hpp); what fits_codes() refuses is f32 then.
enum class StorageType { f32, bf16, int8 };
/// "f32", "bf16" or "int8".
std::string_view name(StorageType);
StorageType storage_from_name(std::string_view);  ///< throws Error with the allowed names

/// One weight tensor inside the mapped file.
struct StoredTensor {
  std::string name;
  StorageType type = StorageType::f32;
  std::vector<std::int64_t> shape;      // row-major
  std::span<const std::byte> data;      // little-endian, on a 64-byte boundary of the file
  std::span<const std::byte> scales{};  // of int8: f32, as aligned
};

/// Writes a bundle under a temporary name and renames it. Equal content gives equal bytes.
/// bf16 and int8 round to nearest, ties to even.
/// @param values weights; every value must be finite
/// @return the fingerprint
/// Errors: Error for a config or a number out of range and for the file system's refusals.
std::string write_bundle(const std::string& path, const Bundle&, const ParameterBlock& values,
                         StorageType = StorageType::f32);

/// What write_bundle() and a reader will make of the values.
void round_to_storage(ParameterBlock& values, StorageType);

/// A bundle mapped and fully checked: header, config, every tensor's place, type and values, and
/// the fingerprint over every byte. What this accepts cannot make a later reader leave the file.
/// Immutable and shareable between threads; moves, does not copy.
class BundleFile {
 public:
  /// Errors: Error naming the file, the byte or tensor where it went wrong, and what to do.
  explicit BundleFile(std::string path);

  const std::string& path() const { return file_.path(); }
  std::size_t size() const { return file_.bytes().size(); }
  const Bundle& bundle() const { return bundle_; }
  /// Weight tensors in file order; the views live as long as this object.
  const std::vector<StoredTensor>& tensors() const { return tensors_; }

  /// What its weights were stored as; a few of them may be f32 all the same.
  StorageType storage() const;
  /// Throws Error unless the file holds exactly the layout's tensors, each in its shape. Cheap:
  /// call it before allocating a block of that layout.
  void check_parameters(const ParameterLayout&) const;
  /// Converts every tensor into the block but those named in `without`. Checks first, as above.
  void load_parameters(ParameterBlock&, const std::vector<std::string>& without = {}) const;
  /// The tensor of that name, which must be there.
  const StoredTensor& tensor(std::string_view name) const;

 private:
  MappedFile file_;
  Bundle bundle_;
  std::vector<StoredTensor> tensors_;
};

}  // namespace gemel
