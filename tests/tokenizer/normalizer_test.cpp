#include "tokenizer/normalizer.hpp"

#include <doctest.h>

#include <gemel/error.hpp>
#include <random>
#include <string>

using namespace gemel;

namespace {

std::string normal(std::string_view text, Normalization mode = Normalization::spaces) {
  std::string out;
  normalize(mode, text, out);
  return out;
}

struct Row {
  std::string_view text, spaces, punctuation;
};

}  // namespace

TEST_CASE("spacing and punctuation, by hand") {
  using namespace std::string_view_literals;
  const Row rows[] = {
      {"", "", ""},
      {" \t\r\n ", "", ""},
      {"hello", " hello", " hello"},
      {"  hello   world ", " hello world", " hello world"},
      {"hello,world", " hello , world", " hello world"},
      {"Any idea?", " Any idea ?", " Any idea"},
      {"Any idea ?", " Any idea ?", " Any idea"},
      {"?!", " ? !", ""},
      {"a/b and (c)", " a / b and ( c )", " a b and c"},
      {"a / b and ( c )", " a / b and ( c )", " a b and c"},
      {"-LRB- c -RRB-", " ( c )", " c"},
      {"-lsb- c -rcb-", " [ c }", " c"},
      {"-LXB-", " - LXB -", " LXB"},
      {"-LRB", " - LRB", " LRB"},
      {"don't", " do n't", " do nt"},
      {"do n't", " do n't", " do nt"},
      {"DON\u2019T go", " DO N'T go", " DO NT go"},
      {"don'tx", " don ' tx", " don tx"},
      {"n't", " n 't", " n t"},
      {"what's up", " what 's up", " what s up"},
      {"what 's up", " what 's up", " what s up"},
      {"what\u2019s", " what 's", " what s"},
      {"what\u02bcs", " what 's", " what s"},
      {"they'll we've I'm you're he'd", " they 'll we 've I 'm you 're he 'd",
       " they ll we ve I m you re he d"},
      {"the boys' room", " the boys ' room", " the boys room"},
      {"the boys ' room", " the boys ' room", " the boys room"},
      {"the word 'set'", " the word ' set '", " the word set"},
      {"the word ` set '", " the word ' set '", " the word set"},
      {"say \"hi\" now", " say \" hi \" now", " say hi now"},
      {"say `` hi '' now", " say \" hi \" now", " say hi now"},
      {"say \u201chi\u201d now", " say \" hi \" now", " say hi now"},
      {"say \"\"hi\"\" now", " say \" hi \" now", " say hi now"},
      {"say `` hi '' '' now", " say \" hi \" now", " say hi now"},
      {"a\u2013b\u2014c", " a - b - c", " a b c"},
      {"1.5 and 1,000.", " 1.5 and 1,000 .", " 1.5 and 1,000"},
      {"1. 5 .5 5.", " 1 . 5 . 5 5 .", " 1 5 5 5"},
      {"C++ & C#", " C + + & C #", " C + + & C #"},
      {"$5 50%", " $ 5 50 %", " $ 5 50 %"},
      {"\u20ac5", " \u20ac 5", " \u20ac 5"},
      {"你好，世界！", "你好 ，世界 ！", "你好世界"},
      {"你 好 ， 世 界 ！", "你好 ，世界 ！", "你好世界"},
      {"我用wifi上网", "我用 wifi上网", "我用 wifi上网"},
      {"我用 wifi 上网", "我用 wifi上网", "我用 wifi上网"},
      {"《书》、（好）。", " 《书 》 、 （好 ） 。", "书好"},
      {"コーヒー・ください", "コーヒー ・ください", "コーヒーください"},
      {"한국어 질문?", " 한국어 질문 ?", " 한국어 질문"},
      {"ça où", " ça où", " ça où"},
      {"e\u0301te\u0301", " e\u0301te\u0301", " e\u0301te\u0301"},
      {"so\u00adft zero\u200bwidth \u202aleft\u202c", " soft zerowidth left",
       " soft zerowidth left"},
      {"no\u00a0break\u3000wide\u2581piece", " no break wide piece", " no break wide piece"},
      {"ok \U0001f600\U0001f44d!", " ok \U0001f600 \U0001f44d !", " ok \U0001f600 \U0001f44d"},
      {"\u2764\ufe0fyes", " \u2764\ufe0f yes", " \u2764\ufe0f yes"},
      {"a\0b"sv, " a b", " a b"},
      {"a\xff"
       "b",
       " a b", " a b"},
      {"a\xe4\xbd", " a", " a"},
      {"\xed\xa0\x80x", " x", " x"},
      {"\ufeffx", " x", " x"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.text));
    CHECK(normal(row.text) == row.spaces);
    CHECK(normal(row.text, Normalization::punctuation) == row.punctuation);
    CHECK(normal(row.text, Normalization::none) == std::string(row.text));
  }
}

TEST_CASE("normal forms stay as they are, whatever the bytes") {
  const std::string alphabet[] = {"a",    "n",      "N",          "t",     "s",  "'",      "\"",
                                  "`",    "-",      "LRB",        "-LRB-", ".",  ",",      "1",
                                  " ",    "\u2019", "\u201c",     "你",    "，", "\u0301", "\u200b",
                                  "\xff", "\xe4",   "\U0001f600", "+",     "\t", "ll",     "é"};
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (unsigned i = random() % 12; i > 0; --i) text += alphabet[random() % std::size(alphabet)];
    for (const auto mode : {Normalization::spaces, Normalization::punctuation}) {
      const std::string once = normal(text, mode);
      INFO(text << " -> " << once);
      REQUIRE(normal(once, mode) == once);
      REQUIRE(once.find("  ") == std::string::npos);
      REQUIRE(!once.ends_with(' '));
    }
  }
}

TEST_CASE("spaces around punctuation never matter") {
  const std::string words[] = {"alpha", "be", "Gamma", "7", "你好"};
  const std::string marks[] = {"?", ",", "!", "(", ")", "/", ":", ";", "？", "。"};
  std::mt19937 random(8);
  for (int round = 0; round < 2000; ++round) {
    std::string tight, loose;
    for (int i = 0; i < 5; ++i) {
      const std::string word = words[random() % std::size(words)];
      const std::string mark = marks[random() % std::size(marks)];
      const bool number = word == "7" && mark == ",";  // 7,7 is one number
      tight += word + (number ? "?" : mark);
      loose += word + " " + (number ? "?" : mark) + "  ";
    }
    REQUIRE(normal(tight) == normal(loose));
    REQUIRE(normal(tight, Normalization::punctuation) == normal(loose, Normalization::punctuation));
  }
}

TEST_CASE("modes by name") {
  for (const auto mode : {Normalization::none, Normalization::spaces, Normalization::punctuation})
    CHECK(normalization_from_name(name_of(mode)) == mode);
  CHECK(name_of(Normalization::spaces) == "spaces");
  CHECK_THROWS_WITH_AS(normalization_from_name("space"),
                       "normalizer: 'space' is not known; choose among none, spaces, punctuation",
                       Error);
}
