#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "model/safetensors.hpp"

namespace gemel {

/// What every bundle begins with after the header's length; the digits follow directly.
inline constexpr std::string_view kFingerprintPrefix = R"({"__metadata__":{"fingerprint":")";
inline constexpr std::size_t kFingerprintBegin = 8 + kFingerprintPrefix.size();
inline constexpr std::size_t kFingerprintSize = 32;

/// XXH3-64 as 16 hexadecimal digits.
std::string checksum(std::string_view bytes);

/// The fingerprint that stands in a file. Throws Error where the header begins otherwise.
std::string read_fingerprint(const std::string& where, std::span<const std::byte> file);

/// Hashes every byte. Throws Error naming the damaged tensor, or the header, on a mismatch.
void verify_fingerprint(const std::string& where, std::span<const std::byte> file,
                        const SafetensorsHeader&);

}  // namespace gemel
