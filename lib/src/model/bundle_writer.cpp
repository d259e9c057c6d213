#include <cmath>
#include <cstring>
#include <gemel/error.hpp>

#include "core/hash.hpp"
#include "model/bf16.hpp"
#include "model/bundle_file.hpp"
#include "model/bundle_json.hpp"
#include "model/codes.hpp"
#include "model/fingerprint.hpp"

namespace gemel {
namespace {

// One tensor of the file: its entry and its bytes, owned here where they had to be converted.
struct Piece {
  TensorEntry entry;
  std::string owned;
  std::string_view borrowed;
  std::string_view bytes() const { return owned.empty() ? borrowed : std::string_view(owned); }
};

class Pieces {
 public:
  void add(Piece piece) {
    const std::uint64_t size = piece.bytes().size();
    place(std::move(piece));
    const std::uint64_t rest = (kTensorAlignment - size % kTensorAlignment) % kTensorAlignment;
    if (rest == 0) return;
    Piece padding;
    padding.entry.name = "padding." + std::to_string(paddings_++);
    padding.entry.dtype = "U8";
    padding.entry.shape = {static_cast<std::int64_t>(rest)};
    padding.owned.assign(rest, '\0');
    place(std::move(padding));
  }
  const std::vector<Piece>& all() const { return pieces_; }

 private:
  void place(Piece piece) {
    piece.entry.begin = end_;
    piece.entry.end = end_ += piece.bytes().size();
    pieces_.push_back(std::move(piece));
  }
  std::vector<Piece> pieces_;
  std::uint64_t end_ = 0;
  int paddings_ = 0;
};

std::string_view bytes_of(std::span<const float> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

template <typename T>
std::string copied(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

void check_finite(const ParameterInfo& p, std::span<const float> values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      throw Error("tensor '" + p.name + "'",
                  "element " + std::to_string(i) + " is not a finite number",
                  "training diverged: lower the learning rate");
}

// A tensor, and where it is stored as codes its scales.
void add_weights(const ParameterInfo& p, std::span<const float> values, StorageType type,
                 Pieces& pieces) {
  check_finite(p, values);
  Piece piece{{p.name, "F32", p.shape}, {}, bytes_of(values)};
  if (type == StorageType::f32 || (type == StorageType::int8 && !fits_codes(p.shape)))
    return pieces.add(std::move(piece));
  if (type == StorageType::int8) {
    const Codes codes = encode(values);
    pieces.add({{p.name, "I8", p.shape}, copied(codes.codes), {}});
    return pieces.add(
        {{"scales." + p.name, "F32", {static_cast<std::int64_t>(codes.scales.size())}},
         copied(codes.scales),
         {}});
  }
  piece.entry.dtype = "BF16";
  piece.owned.resize(values.size() * 2);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t half = bf16_from_f32(values[i]);
    std::memcpy(piece.owned.data() + 2 * i, &half, 2);
  }
  pieces.add(std::move(piece));
}

Piece self_test_piece(const Bundle& bundle) {
  const std::int64_t width = bundle.config().sentence_size();
  Piece piece{
      {"self_test.embeddings", "F32", {static_cast<std::int64_t>(bundle.self_tests.size()), width}},
      {},
      {}};
  for (const SelfTest& test : bundle.self_tests) {
    if (static_cast<std::int64_t>(test.embedding.size()) != width)
      throw Error("self_tests", "an embedding has " + std::to_string(test.embedding.size()) +
                                    " values; the config asks for " + std::to_string(width));
    for (const float x : test.embedding)
      if (!std::isfinite(x)) throw Error("self_tests", "an embedding is not finite");
    piece.owned += bytes_of(test.embedding);
  }
  return piece;
}

Pieces pieces_of(const Bundle& bundle, const ParameterBlock& values, StorageType type) {
  if (bundle.tokenizer_model.empty()) throw Error("tokenizer_model", "is empty");
  Pieces pieces;
  for (std::size_t i = 0; i < values.layout().all().size(); ++i)
    add_weights(values.layout().all()[i], values.values(static_cast<int>(i)), type, pieces);
  pieces.add({{"tokenizer.model", "U8", {static_cast<std::int64_t>(bundle.tokenizer_model.size())}},
              {},
              bundle.tokenizer_model});
  if (!bundle.self_tests.empty()) pieces.add(self_test_piece(bundle));
  return pieces;
}

std::string checksums_json(const Pieces& pieces) {
  std::string json;
  for (const Piece& p : pieces.all())
    if (!p.entry.name.starts_with("padding."))
      json += (json.empty() ? "{\"" : ",\"") + p.entry.name + "\":\"" + checksum(p.bytes()) + '"';
  return json + "}";
}

}  // namespace

void round_to_storage(ParameterBlock& values, StorageType type) {
  if (type == StorageType::bf16)
    for (float& value : values.all()) value = f32_from_bf16(bf16_from_f32(value));
  if (type != StorageType::int8) return;
  for (std::size_t i = 0; i < values.layout().all().size(); ++i) {
    if (!fits_codes(values.layout().all()[i].shape)) continue;
    const std::span<float> tensor = values.values(static_cast<int>(i));
    const Codes codes = encode(tensor);
    for (std::size_t k = 0; k < tensor.size(); ++k)
      tensor[k] = static_cast<float>(codes.codes[k]) * codes.scales[k / kCodeBlock];
  }
}

std::string write_bundle(const std::string& path, const Bundle& bundle,
                         const ParameterBlock& values, StorageType type) {
  auto metadata = metadata_from_bundle(bundle);
  const Pieces pieces = pieces_of(bundle, values, type);
  metadata.emplace_back("checksums", checksums_json(pieces));
  metadata.emplace(metadata.begin(), "fingerprint", std::string(kFingerprintSize, '0'));
  std::vector<TensorEntry> entries;
  for (const Piece& p : pieces.all()) entries.push_back(p.entry);
  std::string header = format_safetensors(metadata, entries);

  StreamHash hash;
  hash.update(header);
  for (const Piece& p : pieces.all()) hash.update(p.bytes());
  const std::string fingerprint = to_hex(hash.digest());
  header.replace(kFingerprintBegin, kFingerprintSize, fingerprint);

  AtomicFile file(path);
  file.write(header);
  for (const Piece& p : pieces.all()) file.write(p.bytes());
  file.commit();
  return fingerprint;
}

}  // namespace gemel
