#include "train/augmentation.hpp"

#include <doctest.h>
#include <utf8.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

#include "tests/corpora/temporary_file.hpp"
#include "train/augmented_words.hpp"

using namespace gemel;
using namespace gemel::train;
using gemel::testing::error_of;

namespace {

AugmentationOptions only(float AugmentationOptions::*field, float value) {
  AugmentationOptions options;
  options.*field = value;
  return options;
}

/// Every text that many seeds make of `text`.
std::map<std::string, int> made(const AugmentationOptions& options, std::string_view text,
                                int seeds) {
  std::map<std::string, int> counts;
  for (int seed = 0; seed < seeds; ++seed) {
    Random random(static_cast<std::uint64_t>(seed));
    ++counts[augment_text(options, text, random)];
  }
  return counts;
}

std::set<std::string> kinds(const AugmentationOptions& options, std::string_view text) {
  std::set<std::string> texts;
  for (const auto& [t, count] : made(options, text, 400)) texts.insert(t);
  return texts;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (const Word& word : split_words(text).words) words.push_back(word.text);
  return words;
}

using Words = std::vector<std::string>;
using Texts = std::set<std::string>;

}  // namespace

TEST_CASE("words between whitespace, ideographs each for itself, punctuation where it touches") {
  CHECK(words_of(" How  do\tI?\n") == Words{"How", "do", "I?"});
  CHECK(words_of("你好吗？") == Words{"你", "好", "吗？"});
  CHECK(words_of("《红楼》 abc你，de.x") == Words{"《红", "楼》", "abc", "你，", "de.x"});
  CHECK(words_of("ひらがな\u3000ok") == Words{"ひ", "ら", "が", "な", "ok"});
  CHECK(words_of("e\u0301te\u0301 葛\ufe00x") == Words{"e\u0301te\u0301", "葛\ufe00", "x"});
  CHECK(words_of("").empty());
  CHECK(words_of(" \t\u3000").empty());
  for (const std::string text : {" How  do\tI?\n", "《红楼》 abc你，de.x", "", " \t", "?", "a"})
    CHECK(join_words(split_words(text)) == text);
  WordList list = split_words("a你b c");
  list.words.erase(list.words.begin() + 1);
  CHECK(join_words(list) == "a b c");
}

TEST_CASE("nothing asked for changes nothing, and neither do blank texts and invalid UTF-8") {
  Random random(1);
  CHECK(augment_text({}, " a  b? ", random) == " a  b? ");
  CHECK(random.state() == Random(1).state());
  AugmentationOptions all;
  all.word_dropout = 0.9f;
  all.word_swap = all.case_noise = all.punctuation_noise = 1;
  for (const std::string text : {"", " ", " \t\u3000", "ab cd\xff ef", "\xe4\xbd a b c."})
    CHECK(augment_text(all, text, random) == text);
}

TEST_CASE("words left out take the whitespace before them along") {
  const auto options = only(&AugmentationOptions::word_dropout, 0.5f);
  CHECK(kinds(options, " a  b\tc\n") ==
        Texts{" a  b\tc\n", " a  b\n", " a\tc\n", " b\tc\n", " a\n", " b\n", " c\n"});
  CHECK(kinds(options, "你好吗？") ==
        Texts{"你好吗？", "你好", "你吗？", "好吗？", "你", "好", "吗？"});
  CHECK(kinds(options, "word") == Texts{"word"});
}

TEST_CASE("words are left out as often as asked, and never all of them") {
  std::string text;
  for (int i = 0; i < 20; ++i) text += (i ? " w" : "w") + std::to_string(i);
  for (const float p : {0.1f, 0.5f, 0.9f}) {
    double left = 0;
    for (const auto& [t, count] : made(only(&AugmentationOptions::word_dropout, p), text, 3000))
      left += static_cast<double>(words_of(t).size()) * count;
    // The survivor adds p^20 words to a text on average; 60,000 draws err by 0.002 (one sigma).
    const double expected = 20 * (1 - double{p}) + std::pow(double{p}, 20);
    CHECK(left / 3000 == doctest::Approx(expected).epsilon(0.008 * 20 / expected));
  }
  const auto pairs = made(only(&AugmentationOptions::word_dropout, 0.9f), "a b", 3000);
  CHECK(pairs.size() == 3);
  CHECK(pairs.at("a b") < 60);  // 0.01 of 3000, and two sigmas are 11
  CHECK(std::abs(pairs.at("a") - pairs.at("b")) < 250);
}

TEST_CASE("swaps move a word by one place, whitespace stays") {
  const auto always = only(&AugmentationOptions::word_swap, 1);
  CHECK(kinds(always, " a  b\tc d e\n") == Texts{" b  a\td c e\n"});
  CHECK(kinds(always, "你好吗？") == Texts{"好你吗？"});
  CHECK(kinds(always, "a你b") == Texts{"你a b"});
  CHECK(kinds(always, "alone") == Texts{"alone"});
  const auto some = made(only(&AugmentationOptions::word_swap, 0.25f), "a b c", 8000);
  CHECK(some.size() == 3);
  // a b: 1/4; b c, only if a b stayed: 3/16; else nothing. Sigma is below 45.
  CHECK(std::abs(some.at("b a c") - 2000) < 180);
  CHECK(std::abs(some.at("a c b") - 1500) < 180);
}

TEST_CASE("case noise writes a word in another case") {
  const auto always = only(&AugmentationOptions::case_noise, 1);
  CHECK(kinds(always, "hello") == Texts{"HELLO", "Hello"});
  CHECK(kinds(always, "Hello") == Texts{"HELLO", "hello"});
  CHECK(kinds(always, "iPhone") == Texts{"iphone", "IPHONE", "Iphone"});
  CHECK(kinds(always, "I a 1234 你 ?") == Texts{"i A 1234 你 ?"});
  CHECK(kinds(always, "\"don't") == Texts{"\"DON'T", "\"Don't"});
  CHECK(kinds(always, "Ёж") == Texts{"ёж", "ЁЖ"});
  CHECK(kinds(always, "ΑΣ") == Texts{"ασ", "Ασ"});
  CHECK(kinds(always, "Žluť") == Texts{"žluť", "ŽLUŤ"});
  CHECK(kinds(always, "ß÷×ı") == Texts{"ß÷×ı"});
  int changed = 0;
  for (const auto& [t, count] : made(only(&AugmentationOptions::case_noise, 0.3f), "abc", 8000))
    changed += t == "abc" ? 0 : count;
  CHECK(std::abs(changed - 2400) < 180);
}

TEST_CASE("every letter's case is written with as many bytes and goes back") {
  for (std::uint32_t code = 1; code < 0x600; ++code) {
    std::string letter;
    utf8::append(static_cast<char32_t>(code), letter);
    const Words forms = other_cases(letter);
    REQUIRE(forms.size() <= 1);
    if (forms.empty()) continue;
    CAPTURE(code);
    REQUIRE(forms[0].size() == letter.size());
    REQUIRE(other_cases(forms[0]) == Words{letter});
  }
}

TEST_CASE("punctuation noise leaves out marks outside words, and ends a text that has no end") {
  const auto always = only(&AugmentationOptions::punctuation_noise, 1);
  CHECK(kinds(always, "Well, (I) don't: 3.5 - e-mail!") == Texts{"Well I don't 3.5 e-mail"});
  CHECK(kinds(always, "So, how") == Texts{"So how.", "So how?", "So how!"});
  CHECK(kinds(always, "？你，好") == Texts{"你好。", "你好？", "你好！"});
  CHECK(kinds(always, " idea ?\n") == Texts{" idea\n"});
  CHECK(kinds(always, "- idea?") == Texts{"idea"});
  CHECK(kinds(always, "C++ & $5") == Texts{"C++ & $5.", "C++ & $5?", "C++ & $5!"});
  CHECK(kinds(always, "?! ...") == Texts{"?! ..."});
  const auto some = made(only(&AugmentationOptions::punctuation_noise, 0.25f), "a, b?", 8000);
  CHECK(some.size() == 4);
  CHECK(std::abs(some.at("a, b") - 1500) < 180);
  CHECK(std::abs(some.at("a b?") - 1500) < 180);
  CHECK(std::abs(some.at("a b") - 500) < 120);
}

TEST_CASE("everything at once: valid, not blank, the same for the same seed") {
  const Words pieces{"a", "Word", " ",      "  ",         "你",     "好", "？", "?", ",",  "'",
                     "é", "Ж",    "\u0301", "\U0001F600", "\u200b", "\t", "-",  "7", "《", "ー"};
  AugmentationOptions all;
  all.word_dropout = 0.6f;
  all.word_swap = all.case_noise = all.punctuation_noise = 0.5f;
  Random random(3);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (std::uint64_t i = random.below(12); i > 0; --i)
      text += pieces[random.below(pieces.size())];
    CAPTURE(text);
    const std::uint64_t seed = random.next();
    Random one(seed), two(seed);
    const std::string altered = augment_text(all, text, one);
    REQUIRE(augment_text(all, text, two) == altered);
    REQUIRE(one.state() == two.state());
    REQUIRE(utf8::is_valid(altered.begin(), altered.end()));
    REQUIRE(words_of(altered).empty() == words_of(text).empty());
  }
}
