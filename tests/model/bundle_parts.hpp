#pragma once
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>

#include "model/bundle_file.hpp"
#include "model/bundle_parser.hpp"
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

/// What parse_bundle() says of the parts put together again. `align` is what 8 + n is a multiple
/// of.
inline std::string parse(const Parts& parts, std::size_t align = 64) {
  std::string text = parts.header.dump();
  while ((8 + text.size()) % align != 0 || (align == 1 && (8 + text.size()) % 64 == 0)) text += ' ';
  const std::uint64_t size = text.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &size, 8);
  bytes += text + parts.data;
  return message_of([&] {
    parse_bundle("m", {reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()});
  });
}

}  // namespace gemel::test
