#include "model/fingerprint.hpp"

#include <gemel/error.hpp>
#include <nlohmann/json.hpp>

#include "core/hash.hpp"

namespace gemel {
namespace {

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string compute(std::string_view file) {
  StreamHash hash;
  hash.update(file.substr(0, kFingerprintBegin));
  hash.update(std::string(kFingerprintSize, '0'));
  hash.update(file.substr(kFingerprintBegin + kFingerprintSize));
  return to_hex(hash.digest());
}

// Where the file is damaged, as far as the tensors' checksums tell.
std::string damaged_place(std::string_view file, const SafetensorsHeader& header) {
  const std::string* text = header.find("checksums");
  const auto sums = text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json();
  if (!sums.is_object()) return ", header";
  for (const TensorEntry& t : header.tensors) {
    const auto sum = sums.find(t.name);
    if (sum == sums.end()) continue;
    const std::uint64_t begin = header.data_begin + t.begin;
    if (*sum != checksum(file.substr(begin, t.end - t.begin)))
      return ", tensor '" + t.name + "' (bytes " + std::to_string(begin) + " to " +
             std::to_string(header.data_begin + t.end - 1) + ")";
  }
  return ", header or padding";
}

}  // namespace

std::string checksum(std::string_view bytes) {
  return to_hex({hash64(bytes), 0}).substr(0, 16);
}

std::string read_fingerprint(const std::string& where, std::span<const std::byte> file) {
  const std::string_view text = text_of(file);
  const bool placed = text.size() > kFingerprintBegin + kFingerprintSize &&
                      text.substr(8, kFingerprintPrefix.size()) == kFingerprintPrefix &&
                      text[kFingerprintBegin + kFingerprintSize] == '"';
  if (!placed)
    throw Error(where + ", byte 8", "the header does not begin with a fingerprint",
                "another program rewrote the file: use the one that 'gemel train' wrote");
  return std::string(text.substr(kFingerprintBegin, kFingerprintSize));
}

void verify_fingerprint(const std::string& where, std::span<const std::byte> file,
                        const SafetensorsHeader& header) {
  if (read_fingerprint(where, file) == compute(text_of(file))) return;
  throw Error(where + damaged_place(text_of(file), header), "does not match its fingerprint",
              std::string(kDamaged));
}

}  // namespace gemel
