#pragma once
#include <string>
#include <utility>
#include <vector>

#include "model/bundle.hpp"
#include "model/safetensors.hpp"

namespace gemel {

inline constexpr int kBundleVersion = 4;

/// Metadata of a bundle in the order of the format, fingerprint (32 zeros) and checksums left out.
/// Throws Error naming a field that is out of range or not UTF-8.
std::vector<std::pair<std::string, std::string>> metadata_from_bundle(const Bundle&);

/// Throws Error unless this is a gemel bundle of a version that this reader knows.
void check_format(const std::string& where, const SafetensorsHeader&);
/// Everything but the tokenizer's bytes, the self-tests' embeddings and the fingerprint.
Bundle bundle_from_metadata(const std::string& where, const SafetensorsHeader&);

}  // namespace gemel
