#include "tokenizer/piece_trie.hpp"

#include <doctest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

using namespace gemel;

namespace {

/// The key's index, -1 for a prefix of a key, -2 for what begins no key.
std::int32_t find(const PieceTrie& trie, std::string_view text) {
  PieceTrie::Place place = trie.root();
  std::int32_t key = -1;
  for (const char c : text)
    if (!trie.step(place, c, key)) return -2;
  return key;
}

}  // namespace

TEST_CASE("keys, prefixes and others") {
  const PieceTrie trie({"a", "abc", "b", "\xff\x01"});
  CHECK(find(trie, "a") == 0);
  CHECK(find(trie, "ab") == -1);
  CHECK(find(trie, "abc") == 1);
  CHECK(find(trie, "abcd") == -2);
  CHECK(find(trie, "b") == 2);
  CHECK(find(trie, "ba") == -2);
  CHECK(find(trie, "c") == -2);
  CHECK(find(trie, "\xff") == -1);
  CHECK(find(trie, "\xff\x01") == 3);
}

TEST_CASE("no keys") {
  const PieceTrie trie({});
  for (int byte = 1; byte < 256; ++byte)
    CHECK(find(trie, std::string(1, static_cast<char>(byte))) == -2);
}

TEST_CASE("random keys are found and nothing else") {
  std::mt19937 random(3);
  for (const unsigned letters : {2u, 26u, 255u}) {
    const auto word = [&] {
      std::string text(1 + random() % 6, ' ');
      for (char& c : text) c = static_cast<char>(1 + random() % letters);
      return text;
    };
    std::set<std::string> keys, prefixes;
    for (int i = 0; i < 3000; ++i) keys.insert(word());
    for (const std::string& key : keys)
      for (std::size_t n = 1; n < key.size(); ++n) prefixes.insert(key.substr(0, n));
    const std::set<std::string_view, std::less<>> sorted(keys.begin(), keys.end());
    const PieceTrie trie({sorted.begin(), sorted.end()});
    std::int32_t index = 0;
    for (const std::string& key : keys) REQUIRE(find(trie, key) == index++);
    for (int i = 0; i < 30000; ++i) {
      const std::string text = word();
      if (keys.count(text)) continue;
      REQUIRE(find(trie, text) == (prefixes.count(text) ? -1 : -2));
    }
  }
}
