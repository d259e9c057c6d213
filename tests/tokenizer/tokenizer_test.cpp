#include "tokenizer/tokenizer.hpp"

#include <doctest.h>

#include <gemel/error.hpp>
#include <limits>
#include <random>
#include <set>
#include <thread>

#include "tests/tokenizer/tiny_corpus.hpp"

using namespace gemel;
using gemel::testing::tiny_corpus;
using gemel::testing::tiny_options;
using gemel::testing::train;

namespace {

using Ids = std::vector<std::int32_t>;

const std::string& model(TokenizerKind kind = TokenizerKind::unigram,
                         Normalization mode = Normalization::spaces) {
  static std::string bytes[2][3];
  std::string& wanted = bytes[static_cast<int>(kind)][static_cast<int>(mode)];
  if (wanted.empty()) wanted = train(tiny_options(kind, mode), tiny_corpus());
  return wanted;
}

Ids encode(const Tokenizer& tokenizer, std::string_view text,
           std::size_t limit = Tokenizer::kNoLimit) {
  Ids ids{99};
  tokenizer.encode(text, ids, limit);
  return ids;
}

Ids sampled(const Tokenizer& tokenizer, std::string_view text, double alpha, std::uint64_t seed) {
  Ids ids{99};
  tokenizer.encode_sampled(text, alpha, seed, ids);
  return ids;
}

}  // namespace

TEST_CASE("both styles of a text give the same ids") {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"How do I reset the password?", "How do I reset the password ?"},
      {"Why can't I share the (new) invoice?", "Why ca n't I share the -LRB- new -RRB- invoice ?"},
      {"What's the way to delete it?", "what 's the way to delete it ?"},
      {"如何修改密码？", "如何 修改 密码 ？"},
      {"ＡＢＣ", "abc"},
      {"École", "e\u0301cole"},
  };
  for (const auto kind : {TokenizerKind::unigram, TokenizerKind::bpe}) {
    const Tokenizer tokenizer(model(kind));
    for (const auto& row : rows) {
      CAPTURE(row.first);
      CHECK(encode(tokenizer, row.first) == encode(tokenizer, row.second));
    }
  }
  const Tokenizer none(model(TokenizerKind::unigram, Normalization::none));
  CHECK(encode(none, rows[0].first) != encode(none, rows[0].second));
  CHECK(encode(none, "  how   do ") == encode(none, "how do"));
}

TEST_CASE("case folding is an option") {
  TokenizerOptions options = tiny_options();
  CHECK(encode(Tokenizer(model()), "How DO i") == encode(Tokenizer(model()), "how do I"));
  options.fold_case = false;
  const Tokenizer cased(train(options, tiny_corpus()));
  CHECK(encode(cased, "How") != encode(cased, "how"));
}

TEST_CASE("ids stand for the normal form") {
  for (const auto kind : {TokenizerKind::unigram, TokenizerKind::bpe}) {
    const Tokenizer tokenizer(model(kind));
    CHECK(tokenizer.decode(encode(tokenizer, "How do I  reset my 密码?")) ==
          "how do i reset my密码 ?");
    CHECK(tokenizer.decode(encode(tokenizer, "\u9f98 \u00fe")) == "\u9f98 \u00fe");  // as bytes
    const Ids one = encode(tokenizer, "the");
    REQUIRE(one.size() == 1);
    CHECK(tokenizer.piece(one[0]) == "\u2581the");
  }
}

TEST_CASE("a text without a piece gives one id") {
  for (const auto mode : {Normalization::none, Normalization::spaces, Normalization::punctuation}) {
    const Tokenizer tokenizer(model(TokenizerKind::unigram, mode));
    CHECK(tokenizer.piece(tokenizer.empty_id()) == "</s>");
    for (const std::string_view text : {"", " ", "\t\r\n", "\u3000 \u200b"}) {
      CHECK(encode(tokenizer, text) == Ids{tokenizer.empty_id()});
      CHECK(sampled(tokenizer, text, 0.1, 1) == Ids{tokenizer.empty_id()});
    }
  }
  const Tokenizer bare(model(TokenizerKind::unigram, Normalization::punctuation));
  CHECK(encode(bare, "?!...") == Ids{bare.empty_id()});
}

TEST_CASE("unknown characters without byte fallback") {
  TokenizerOptions options = tiny_options();
  options.byte_fallback = false;
  options.vocabulary_size = 100;
  const Tokenizer tokenizer(train(options, tiny_corpus()));
  const Ids ids = encode(tokenizer, "\u9f98\u9f97");
  CHECK(ids == Ids{0});
  CHECK(tokenizer.piece(0) == "<unk>");
  CHECK(sampled(tokenizer, "\u9f98\u9f97", 0.5, 1) == Ids{0});
}

TEST_CASE("the most ids") {
  const Tokenizer tokenizer(model());
  const Ids all = encode(tokenizer, "How do I reset the password?");
  REQUIRE(all.size() > 4);
  CHECK(encode(tokenizer, "How do I reset the password?", 4) == Ids(all.begin(), all.begin() + 4));
  CHECK(encode(tokenizer, "How do I reset the password?", all.size()) == all);
  CHECK(encode(tokenizer, "", 1) == Ids{tokenizer.empty_id()});
}

TEST_CASE("a 10 MB text, with and without spaces") {
  const Tokenizer tokenizer(model());
  std::string words, ideographs;
  while (words.size() < 10000000) words += "the ";
  while (ideographs.size() < 300000) ideographs += "\u5bc6\u7801";
  CHECK(encode(tokenizer, words, 100).size() == 100);
  words.resize(400000);
  const Ids ids = encode(tokenizer, words);
  CHECK(ids == Ids(100000, encode(tokenizer, "the")[0]));
  CHECK(tokenizer.decode(encode(tokenizer, ideographs)) == ideographs);
}

TEST_CASE("sampled segmentations") {
  for (const auto kind : {TokenizerKind::unigram, TokenizerKind::bpe}) {
    const Tokenizer tokenizer(model(kind));
    const std::string_view text = "Why can't I recover the \u9f98 address on my phone?";
    std::set<Ids> seen;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      const Ids ids = sampled(tokenizer, text, 0.2, seed);
      CHECK(sampled(tokenizer, text, 0.2, seed) == ids);
      CHECK(tokenizer.decode(ids) == "why ca n't i recover the\u9f98 address on my phone ?");
      seen.insert(ids);
    }
    CHECK(seen.size() > 50);
    // Without randomness it is the plain segmentation.
    const double certain = kind == TokenizerKind::bpe ? 0 : 1e6;
    for (const std::string& line : tiny_corpus())
      REQUIRE(sampled(tokenizer, line, certain, 5) == encode(tokenizer, line));
  }
  const Tokenizer unigram(model()), bpe(model(TokenizerKind::bpe));
  CHECK_THROWS_WITH_AS(sampled(unigram, "a", -0.5, 1), "alpha: is -0.5; allowed is 0 upwards",
                       Error);
  CHECK_THROWS_WITH_AS(sampled(bpe, "a", 1.5, 1), "alpha: is 1.5; allowed is 0 to 1", Error);
  CHECK_THROWS_AS(sampled(bpe, "a", std::numeric_limits<double>::quiet_NaN(), 1), Error);
}

TEST_CASE("ids out of range") {
  const Tokenizer tokenizer(model());
  CHECK_THROWS_WITH_AS(tokenizer.piece(340), "token id: is 340; allowed is 0 to 339", Error);
  CHECK_THROWS_WITH_AS(tokenizer.decode(Ids{0, -1}), "token id: is -1; allowed is 0 to 339", Error);
}

TEST_CASE("the mode travels with the bytes; a plain model has none") {
  const Tokenizer tokenizer(model());
  CHECK(tokenizer.normalization() == Normalization::spaces);
  CHECK(tokenizer.bytes() == model());
  CHECK(Tokenizer(model(), Normalization::none).normalization() == Normalization::none);
  const Tokenizer plain(model().substr(67));
  CHECK(plain.normalization() == Normalization::none);
  CHECK(plain.vocabulary_size() == 340);
  const Tokenizer given(model().substr(67), Normalization::spaces);
  CHECK(encode(given, "what's up?") == encode(tokenizer, "what's up?"));
}

TEST_CASE("damaged bytes") {
  const std::string good = model();
  const std::string advice = "; copy the file again or train the tokenizer again";
  CHECK_THROWS_WITH_AS(Tokenizer(""),
                       "tokenizer: the model is empty; train one with gemel tokenizer", Error);
  CHECK_THROWS_WITH_AS(Tokenizer("not a model"),
                       "tokenizer: the bytes are not a sentencepiece model; give a file made by "
                       "gemel tokenizer or a sentencepiece .model file",
                       Error);
  CHECK_THROWS_WITH_AS(Tokenizer(good + "x"),
                       ("tokenizer: the model has " + std::to_string(good.size() - 66) +
                        " bytes instead of " + std::to_string(good.size() - 67) + advice)
                           .c_str(),
                       Error);
  std::string flipped = good;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  CHECK_THROWS_WITH_AS(Tokenizer(std::move(flipped)),
                       ("tokenizer: the model's checksum does not match" + advice).c_str(), Error);
  flipped = good;
  flipped[0] ^= 1;
  CHECK_THROWS_WITH_AS(Tokenizer(std::move(flipped)),
                       ("tokenizer: the header is damaged" + advice).c_str(), Error);
  std::string newer = good;
  newer[19] = '2';
  CHECK_THROWS_WITH_AS(Tokenizer(std::move(newer)),
                       "tokenizer: has format version '2', this program reads 1; use a newer gemel",
                       Error);
  for (std::size_t size = 0; size < good.size(); size += 97)
    CHECK_THROWS_AS(Tokenizer(good.substr(0, size)), Error);
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    std::string bad = good;
    const std::size_t at = round < 67 ? static_cast<std::size_t>(round) : random() % bad.size();
    bad[at] = static_cast<char>(bad[at] ^ (1 << random() % 8));
    // Spaces that fill up the header may change; nothing else.
    std::size_t fill = 66;
    while (good[fill] == ' ') --fill;
    if (at > fill && at < 67) continue;
    CAPTURE(at);
    CHECK_THROWS_AS(Tokenizer(std::move(bad)), Error);
  }
}

TEST_CASE("random bytes never crash") {
  const Tokenizer tokenizer(model());
  const Tokenizer none(model(TokenizerKind::bpe, Normalization::none));
  std::mt19937 random(6);
  for (int round = 0; round < 3000; ++round) {
    std::string text(random() % 40, ' ');
    for (char& c : text) c = static_cast<char>(random());
    for (const Tokenizer* t : {&tokenizer, &none}) {
      REQUIRE(!encode(*t, text).empty());
      REQUIRE(!sampled(*t, text, 0.3, random()).empty());
    }
  }
}

TEST_CASE("threads share a tokenizer") {
  const Tokenizer tokenizer(model());
  const std::vector<std::string> texts = tiny_corpus();
  std::vector<Ids> plain(texts.size()), drawn(texts.size());
  const auto work = [&](std::size_t first) {
    for (std::size_t i = first; i < texts.size(); i += 2) {
      tokenizer.encode(texts[i], plain[i]);
      tokenizer.encode_sampled(texts[i], 0.3, i, drawn[i]);
    }
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    REQUIRE(plain[i] == encode(tokenizer, texts[i]));
    REQUIRE(drawn[i] == sampled(tokenizer, texts[i], 0.3, i));
  }
}
