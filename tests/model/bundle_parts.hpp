#pragma once
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>

#include "model/bundle_file.hpp"
#include "tests/model/sample_bundle.hpp"

/// Bundles taken apart, so that a test can change their headers.
namespace gemel::test {

/// How messages about a damaged bundle end.
inline const std::string kAdvice = "; the file is damaged: copy it again or train anew";

struct Parts {
  nlohmann::ordered_json header;
  std::string data;
};

/// What write_bundle() makes of a bundle.
inline Parts parts_of(const Bundle& bundle, const ParameterBlock& values = sample_values(),
                      StorageType type = StorageType::f32) {
  const TemporaryFolder folder;
  write_bundle(folder.file("m"), bundle, values, type);
  const std::string bytes = read_bytes(folder.file("m"));
  std::uint64_t size = 0;
  std::memcpy(&size, bytes.data(), 8);
  return {nlohmann::ordered_json::parse(bytes.substr(8, size)), bytes.substr(8 + size)};
}

}  // namespace gemel::test
