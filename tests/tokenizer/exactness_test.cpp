// The ids are those of sentencepiece on the whole normal form, whatever way they came about: a
// tokenizer given mode none leaves everything to sentencepiece.
#include <doctest.h>

#include <random>
#include <thread>

#include "tests/tokenizer/tiny_corpus.hpp"
#include "tokenizer/charsmap.hpp"
#include "tokenizer/model_pieces.hpp"

using namespace gemel;
using gemel::testing::tiny_corpus;
using gemel::testing::tiny_options;
using gemel::testing::train;

namespace {

using Ids = std::vector<std::int32_t>;

Ids encode(const Tokenizer& tokenizer, std::string_view text,
           std::size_t limit = Tokenizer::kNoLimit) {
  Ids ids;
  tokenizer.encode(text, ids, limit);
  return ids;
}

Ids plain_ids(const Tokenizer& plain, Normalization mode, std::string_view text) {
  std::string normal;
  normalize(mode, text, normal);
  return encode(plain, normal);
}

std::string utf8(std::uint32_t c) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xc0 | c >> 6), byte(0x80 | (c & 63))};
  if (c < 0x10000) return {byte(0xe0 | c >> 12), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63))};
  return {byte(0xf0 | c >> 18), byte(0x80 | (c >> 12 & 63)), byte(0x80 | (c >> 6 & 63)),
          byte(0x80 | (c & 63))};
}

/// Words, syllables that tie, foreign letters, marks, odd spaces, controls and broken UTF-8.
std::string adversarial(std::mt19937& random) {
  static const std::vector<std::string> parts = {"the",
                                                 "password",
                                                 "How",
                                                 "DO",
                                                 "recover",
                                                 "phone",
                                                 "ha",
                                                 "aa",
                                                 "a",
                                                 "ss",
                                                 "o",
                                                 "re",
                                                 "'s",
                                                 "n't",
                                                 "Can't",
                                                 "3.5",
                                                 "1,000",
                                                 "?",
                                                 "!!",
                                                 "...",
                                                 "-",
                                                 "\"",
                                                 "(",
                                                 "-LRB-",
                                                 "$",
                                                 "#",
                                                 "c++",
                                                 "\u5bc6\u7801",
                                                 "\u5982\u4f55",
                                                 "\u4fee\u6539",
                                                 "\u9f98",
                                                 "\uff1f",
                                                 "\uff0c",
                                                 "\u3002",
                                                 "\uff21\uff22\uff23",
                                                 "\uff5e",
                                                 "\u00c9cole",
                                                 "na\u00efve",
                                                 "e\u0301",
                                                 "\u0301",
                                                 "\u0308",
                                                 "\u00a8",
                                                 "\u00df",
                                                 "\u0416\u0443\u043a",
                                                 "\u03a9",
                                                 "\u03c2",
                                                 "\ud55c\uad6d",
                                                 "\u1100\u1161",
                                                 "\u30ab\u3099",
                                                 "\u30d1",
                                                 "\u3099",
                                                 "\uff76\uff9e",
                                                 "\ufb01",
                                                 "\u2126",
                                                 "\u00bd",
                                                 "\u2163",
                                                 "\u2581",
                                                 "\u2581the",
                                                 "\u00a0",
                                                 "\u3000",
                                                 "\u200b",
                                                 "\u00ad",
                                                 "\t",
                                                 "\n",
                                                 "\x01",
                                                 "\x7f",
                                                 "\ufffd",
                                                 "\ufdfa",
                                                 "\U0001f600",
                                                 "\U00020000",
                                                 "\xff",
                                                 "\xc3",
                                                 "\xe5\xaf",
                                                 "<unk>",
                                                 "</s>",
                                                 "<0x41>"};
  std::string text;
  for (std::size_t n = random() % 24; n > 0; --n) {
    text += parts[random() % parts.size()];
    if (random() % 5 == 0)
      for (std::size_t more = random() % 8; more > 0; --more) text += parts[random() % 12];
    if (random() % 3) text += ' ';
  }
  return text;
}

std::string random_text(std::mt19937& random) {
  if (random() % 3) return adversarial(random);
  std::string text;
  for (std::size_t n = random() % 30; n > 0; --n) {
    const auto within = [&](std::uint32_t first, std::uint32_t count) {
      return first + static_cast<std::uint32_t>(random() % count);
    };
    const std::uint32_t wide[] = {within(0x21, 94),   within(0xa0, 0x500),   within(0x3000, 256),
                                  within(0x4e00, 40), within(0xac00, 11172), within(0xff01, 160)};
    text += utf8(wide[random() % 6]);
    if (random() % 6 == 0) text += ' ';
  }
  return text;
}

}  // namespace

TEST_CASE("ids are sentencepiece's on random and adversarial texts") {
  for (const auto kind : {TokenizerKind::unigram, TokenizerKind::bpe})
    for (const auto mode : {Normalization::spaces, Normalization::punctuation})
      for (const bool extra : {true, false}) {
        TokenizerOptions options = tiny_options(kind, mode);
        options.fold_case = options.byte_fallback = extra;
        if (!extra) options.vocabulary_size = 100;
        const std::string bytes = train(options, tiny_corpus());
        const Tokenizer plain(bytes, Normalization::none), fast(bytes);
        std::mt19937 random(8);
        for (int round = 0; round < 3000; ++round) {
          const std::string text = random_text(random);
          CAPTURE(text);
          const Ids ids = plain_ids(plain, mode, text);
          REQUIRE(encode(fast, text) == ids);
          const std::size_t most = 1 + random() % 8;
          REQUIRE(encode(fast, text, most) ==
                  Ids(ids.begin(),
                      ids.begin() + static_cast<std::ptrdiff_t>(std::min(most, ids.size()))));
        }
      }
}

TEST_CASE("long texts and long words") {
  const std::string bytes = train(tiny_options(), tiny_corpus());
  const Tokenizer plain(bytes, Normalization::none), fast(bytes);
  std::mt19937 random(9);
  for (const std::size_t size : {1000u, 5000u, 33000u, 70000u}) {
    std::string text;
    while (text.size() < size) text += adversarial(random) + ' ';
    REQUIRE(encode(fast, text) == plain_ids(plain, Normalization::spaces, text));
    const std::string word(size, 's');
    REQUIRE(encode(fast, word) == plain_ids(plain, Normalization::spaces, word));
  }
}

TEST_CASE("characters become what sentencepiece makes of them") {
  for (const bool fold_case : {true, false}) {
    TokenizerOptions options = tiny_options();
    options.fold_case = fold_case;
    const std::string bytes = train(options, tiny_corpus());
    const Tokenizer plain(bytes, Normalization::none);
    const auto charsmap = Charsmap::read(read_pieces(bytes)->charsmap);
    REQUIRE(charsmap);
    std::string folded, spaced;
    // The text that sentencepiece's ids stand for, where U+2581 and a space are one.
    const auto check = [&](const std::string& text) {
      charsmap->apply(text, folded);
      spaced.clear();
      for (std::size_t at = 0; at < folded.size(); ++at) {
        const bool mark = folded.compare(at, 3, "\u2581") == 0;
        spaced += mark ? ' ' : folded[at];
        at += mark ? 2 : 0;
      }
      CAPTURE(text);
      REQUIRE(plain.decode(encode(plain, text)) == spaced);
    };
    std::vector<std::string> singles;
    for (std::uint32_t c = 0x21; c < 0x30000; ++c) {
      if (c == 0x7f || (c >= 0xd800 && c < 0xe000)) continue;
      singles.push_back(utf8(c));
      check('x' + singles.back() + 'x');
    }
    std::mt19937 random(10);
    const std::size_t most[] = {94, 600, 0x900, singles.size()};
    for (int round = 0; round < 40000; ++round) {
      std::string text = "x";
      for (std::size_t n = 2 + random() % 5; n > 0; --n)
        text += singles[random() % most[random() % 4]];
      check(text + 'x');
    }
  }
}

TEST_CASE("threads share a tokenizer that loads sentencepiece meanwhile") {
  const std::string bytes = train(tiny_options(), tiny_corpus());
  const Tokenizer plain(bytes, Normalization::none), fast(bytes);
  std::mt19937 random(11);
  std::vector<std::string> texts = tiny_corpus();
  for (std::string& text : texts) text += adversarial(random) + std::string(200, 'a');
  std::vector<Ids> found(4 * texts.size());
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < texts.size(); ++i)
        fast.encode(texts[i], found[t * texts.size() + i]);
    });
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < found.size(); ++i)
    REQUIRE(found[i] == plain_ids(plain, Normalization::spaces, texts[i % texts.size()]));
}
