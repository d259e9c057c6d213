#include "tokenizer/charsmap.hpp"

#include <doctest.h>

#include <random>

using namespace gemel;
using namespace std::string_literals;

namespace {

std::string applied(const Charsmap& map, std::string_view text) {
  std::string out = "before";
  map.apply(text, out);
  return out;
}

std::string little_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

// Darts-clone's units of the keys "A" → "a" and "AB" → "xyz". Children of the place at index i lie
// at i ^ offset ^ label; bits 10 and up are the offset, bit 8 says that a key ends, whose value
// stands at i ^ offset in a unit with the top bit set.
std::string table() {
  std::vector<std::uint32_t> units(128, 0x80000000u);
  units[0] = 1u << 10;                        // the root, offset 1
  units[1 ^ 'A'] = 8u << 10 | 1u << 8 | 'A';  // offset 8
  units[1 ^ 'A' ^ 8] = 0x80000000u | 0;       // "A": text at byte 0
  const std::size_t b = 1 ^ 'A' ^ 8 ^ 'B';
  units[b] = 4u << 10 | 1u << 8 | 'B';  // offset 4
  units[b ^ 4] = 0x80000000u | 2;       // "AB": text at byte 2
  std::string bytes = little_endian(static_cast<std::uint32_t>(4 * units.size()));
  for (const std::uint32_t unit : units) bytes += little_endian(unit);
  return bytes + "a\0xyz\0"s;
}

}  // namespace

TEST_CASE("the longest key counts, and what has none stays") {
  const std::string bytes = table();
  const auto map = Charsmap::read(bytes);
  REQUIRE(map);
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"", ""},
      {"A", "a"},
      {"AB", "xyz"},
      {"AAB", "axyz"},
      {"ABA", "xyza"},
      {"B\u00e9A\u4e2d\U0001f600", "B\u00e9a\u4e2d\U0001f600"},
      {"no key here", "no key here"},
  };
  for (const auto& [text, wanted] : rows) {
    CAPTURE(text);
    CHECK(applied(*map, text) == wanted);
  }
}

TEST_CASE("no table leaves a text as it is") {
  const auto map = Charsmap::read("");
  REQUIRE(map);
  CHECK(applied(*map, "A caf\u00e9") == "A caf\u00e9");
  CHECK(applied(*map, "ABC") == "ABC");
}

TEST_CASE("what is no table") {
  const std::string good = table();
  CHECK_FALSE(Charsmap::read("abc"));
  CHECK_FALSE(Charsmap::read(good.substr(0, 100)));              // the trie is cut off
  CHECK_FALSE(Charsmap::read(good.substr(0, good.size() - 1)));  // the last text has no end
  CHECK_FALSE(Charsmap::read(little_endian(3) + "abc\0"s));      // no whole units
  CHECK_FALSE(Charsmap::read(little_endian(0) + "abc\0"s));
}

TEST_CASE("damaged tables leave no memory that is theirs") {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::string bad = table();
    for (int n = 0; n < 4; ++n) bad[4 + random() % (bad.size() - 5)] = static_cast<char>(random());
    if (const auto map = Charsmap::read(bad)) {
      std::string out;
      for (const char* text : {"A", "AB", "ABABAB", "x\u00e9A\u4e2d"}) map->apply(text, out);
    }
  }
}
