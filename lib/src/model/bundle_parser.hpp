#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "model/bundle_file.hpp"
#include "model/safetensors.hpp"

namespace gemel {

struct ParsedBundle {
  Bundle bundle;
  std::vector<StoredTensor> tensors;
  SafetensorsHeader header;
};

/// Reads and checks structure only: what hostile bytes could use to lead a reader astray.
/// Separate from verify_bundle so that a fuzzer gets past the fingerprint.
ParsedBundle parse_bundle(const std::string& where, std::span<const std::byte> file);

/// Checks every byte against the fingerprint, and that weights and self-tests are finite.
void verify_bundle(const std::string& where, std::span<const std::byte> file, const ParsedBundle&);

/// How many elements a tensor holds.
std::size_t count_elements(const StoredTensor&);

/// Elements of a tensor as f32, from element `first` on.
void load_elements(const StoredTensor&, std::size_t first, std::span<float> out);

}  // namespace gemel
