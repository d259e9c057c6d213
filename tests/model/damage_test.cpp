#include <doctest.h>

#include <filesystem>

#include "core/random.hpp"
#include "model/bundle_file.hpp"
#include "model/bundle_parser.hpp"
#include "tests/model/sample_bundle.hpp"

using namespace gemel;
using namespace gemel::test;

namespace {

const std::string kCopy = "copy it again or train anew";

std::span<const std::byte> as_bytes(const std::string& text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

std::string sample_bytes(const Bundle& bundle = sample_bundle()) {
  const TemporaryFolder folder;
  write_bundle(folder.file("m"), bundle, sample_values());
  return read_bytes(folder.file("m"));
}

// What BundleFile does, without a file.
void load(const std::string& bytes) {
  const ParsedBundle parsed = parse_bundle("m", as_bytes(bytes));
  verify_bundle("m", as_bytes(bytes), parsed);
}

std::string load_file(const std::string& bytes) {
  const TemporaryFolder folder;
  const std::string path = folder.file("m.safetensors");
  write_bytes(path, bytes);
  const std::string message = message_of([&] { BundleFile file(path); });
  return message.starts_with(path) ? "m" + message.substr(path.size()) : message;
}

std::size_t header_end(const std::string& bytes) {
  return 8 + static_cast<unsigned char>(bytes[0]) + 256u * static_cast<unsigned char>(bytes[1]);
}

}  // namespace

TEST_CASE("every flipped byte anywhere is an error, never a crash and never a success") {
  std::string bytes;
  SUBCASE("of a siamese model") {
    bytes = sample_bytes();
  }
  SUBCASE("of one with towers and a pair head") {
    bytes = sample_bytes(sample_towers_bundle());
  }
  REQUIRE(message_of([&] { load(bytes); }) == "no error");
  // All bits of the length, the fixed prefix and the fingerprint; one of every other byte.
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      if (i >= 80 && bit != static_cast<int>(i % 8)) continue;
      bytes[i] = static_cast<char>(bytes[i] ^ (1 << bit));
      CAPTURE(i);
      CAPTURE(bit);
      CHECK_THROWS_AS(load(bytes), Error);
      bytes[i] = static_cast<char>(bytes[i] ^ (1 << bit));
    }
}

TEST_CASE("every truncation and enlargement is an error") {
  std::string bytes;
  SUBCASE("of a siamese model") {
    bytes = sample_bytes();
  }
  SUBCASE("of one with towers and a pair head") {
    bytes = sample_bytes(sample_towers_bundle());
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    CHECK_THROWS_AS(load(bytes.substr(0, size)), Error);
  }
  for (const std::size_t extra : {1, 63, 64, 4096})
    CHECK_THROWS_AS(load(bytes + std::string(extra, '\0')), Error);
}

TEST_CASE("random edits of several bytes are errors") {
  std::string bytes;
  SUBCASE("of a siamese model") {
    bytes = sample_bytes();
  }
  SUBCASE("of one with towers and a pair head") {
    bytes = sample_bytes(sample_towers_bundle());
  }
  const std::string interesting("\0\xff{}[],:\"0123456789-eE.\\u", 25);
  Random random(20);
  for (int round = 0; round < 4000; ++round) {
    std::string edited = bytes;
    for (std::uint64_t edit = 0; edit <= random.below(4); ++edit) {
      const std::size_t at = random.below(random.below(4) ? header_end(bytes) : bytes.size());
      const char byte = interesting[random.below(interesting.size())];
      if (random.below(3) == 0)
        edited.insert(std::min(at, edited.size()), 1, byte);
      else if (random.below(3) == 0)
        edited.erase(std::min(at, edited.size() - 1), 1 + random.below(5));
      else if (at < edited.size())
        edited[at] = byte;
    }
    if (edited == bytes) continue;
    CAPTURE(round);
    CHECK_THROWS_AS(load(edited), Error);
  }
}

TEST_CASE("a damaged tensor, the header and the padding are told apart") {
  const std::string bytes = sample_bytes();
  const std::size_t data = header_end(bytes);
  const auto flipped = [&](std::size_t at) {
    std::string copy = bytes;
    copy[at] = static_cast<char>(copy[at] ^ 1);
    return load_file(copy);
  };
  const std::string advice = "; the file is damaged: " + kCopy;
  CHECK(flipped(data) == "m, tensor 'embedding.weight' (bytes " + std::to_string(data) + " to " +
                             std::to_string(data + 63) + "): does not match its fingerprint" +
                             advice);
  CHECK(flipped(data + 64 + 15) ==
        "m, tensor 'lstm.0.forward.bias' (bytes " + std::to_string(data + 64) + " to " +
            std::to_string(data + 79) + "): does not match its fingerprint" + advice);
  CHECK(flipped(data + 64 + 16) == "m, header or padding: does not match its fingerprint" + advice);
  CHECK(flipped(45) == "m, header or padding: does not match its fingerprint" + advice);
  CHECK(flipped(8) ==
        "m: is not a gemel model (it has no safetensors header); "
        "give a model that 'gemel train' wrote");
  CHECK(flipped(9) == "m, byte 9: the header is not valid JSON" + advice);
}

TEST_CASE("a truncated or enlarged file says how much is missing or too much") {
  const std::string bytes = sample_bytes();
  const std::string size = std::to_string(bytes.size());
  CHECK(load_file(bytes.substr(0, bytes.size() - 1)) ==
        "m: holds " + std::to_string(bytes.size() - 1) + " bytes, but its header asks for " + size +
            " bytes; the file is truncated: " + kCopy);
  CHECK(load_file(bytes + "x") == "m: holds " + std::to_string(bytes.size() + 1) +
                                      " bytes, but its header asks for " + size +
                                      " bytes; something was appended to it: " + kCopy);
  CHECK(load_file(bytes.substr(0, 100)) ==
        "m, byte 0: the header's length is " + std::to_string(header_end(bytes) - 8) +
            ", but only 92 bytes follow; the file is truncated: " + kCopy);
  CHECK(load_file(std::string("\xff\xff\xff\xff\xff\xff\xff\xff", 8) + bytes.substr(8)) ==
        "m, byte 0: the header's length is 18446744073709551615; allowed is 2 to 16777216; "
        "the file is damaged: " +
            kCopy);
}

TEST_CASE("foreign files are told apart") {
  const std::string give = "; give a model that 'gemel train' wrote";
  CHECK(load_file("") == "m: is empty" + give);
  CHECK(load_file("abc") == "m: holds 3 bytes, too few for a model" + give);
  CHECK(load_file("question1\tquestion2\tlabel\n") ==
        "m: is not a gemel model (it has no safetensors header)" + give);
  CHECK(load_file(std::string("\x08\x07\x12\x07pytorch\x1a\x05", 13)) ==  // as ONNX begins
        "m: is not a gemel model (it has no safetensors header)" + give);
  const std::string other = R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  CHECK(load_file(std::string(1, static_cast<char>(other.size())) + std::string(7, '\0') + other +
                  std::string(4, '\0')) ==
        "m: is a safetensors file, but not a gemel model" + give);
  const TemporaryFolder folder;
  const std::string missing = folder.file("none"), directory = folder.file("");
  CHECK(message_of([&] { BundleFile file(missing); }) ==
        missing + ": cannot be opened: No such file or directory");
  CHECK(message_of([&] { BundleFile file(directory); }) == directory + ": is not a regular file");
}
