#include "tokenizer/model_header.hpp"

#include <algorithm>
#include <boost/crc.hpp>
#include <cstdio>
#include <gemel/error.hpp>
#include <sstream>

namespace gemel {
namespace {

constexpr std::string_view kTag = "\xc2\x3e\x40";
constexpr std::string_view kMagic = "gemel tokenizer ";
constexpr std::size_t kText = 64;
constexpr std::size_t kHeader = kTag.size() + kText;

std::string crc_of(std::string_view bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  char text[9];
  std::snprintf(text, sizeof text, "%08x", static_cast<unsigned>(crc.checksum()));
  return text;
}

[[noreturn]] void fail(std::string what) {
  throw Error("tokenizer", std::move(what), "copy the file again or train the tokenizer again");
}

}  // namespace

std::string with_header(Normalization mode, std::string_view model) {
  std::string text = std::string(kMagic) + "1 " + std::string(name_of(mode)) + ' ' +
                     std::to_string(model.size()) + ' ' + crc_of(model);
  text.resize(kText, ' ');
  std::string bytes;
  bytes.reserve(kHeader + model.size());
  return bytes.append(kTag).append(text).append(model);
}

std::optional<Normalization> read_header(std::string_view bytes) {
  const bool tagged = bytes.starts_with(kTag);
  const bool named = bytes.substr(std::min(bytes.size(), kTag.size())).starts_with(kMagic);
  if (!tagged && !named) return std::nullopt;
  if (tagged != named || bytes.size() < kHeader) fail("the header is damaged");
  std::istringstream words(
      std::string(bytes.substr(kTag.size() + kMagic.size(), kText - kMagic.size())));
  std::string version, mode, crc;
  std::size_t size = 0;
  words >> version >> mode >> size >> crc;
  if (version != "1")
    throw Error("tokenizer", "has format version '" + version + "', this program reads 1",
                "use a newer gemel");
  const std::string_view model = bytes.substr(kHeader);
  if (!words || mode.empty()) fail("the header is damaged");
  if (model.size() != size)
    fail("the model has " + std::to_string(model.size()) + " bytes instead of " +
         std::to_string(size));
  if (crc_of(model) != crc) fail("the model's checksum does not match");
  return normalization_from_name(mode);
}

}  // namespace gemel
