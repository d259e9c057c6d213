#pragma once
#include <string>
#include <utility>
#include <vector>

#include "model/bundle.hpp"
#include "model/safetensors.hpp"

namespace gemel {

inline constexpr int kBundleVersion = 1;

/// A structure as JSON text and back, with every field by its name in EncoderConfig. Reading
/// ignores unknown fields, gives missing ones their defaults, and validates.
/// @param where prefix for messages, e.g. "model.safetensors, encoder"
std::string encoder_config_to_json(const EncoderConfig&);
EncoderConfig encoder_config_from_json(const std::string& where, const std::string& text);

/// Metadata of a bundle in the order of the format, fingerprint (32 zeros) and checksums left out.
/// Throws Error naming a field that is out of range or not UTF-8.
std::vector<std::pair<std::string, std::string>> metadata_from_bundle(const Bundle&);

/// Throws Error unless this is a gemel bundle of a version that this reader knows.
void check_format(const std::string& where, const SafetensorsHeader&);
/// Everything but the tokenizer's bytes, the self-tests' embeddings and the fingerprint.
Bundle bundle_from_metadata(const std::string& where, const SafetensorsHeader&);

}  // namespace gemel
