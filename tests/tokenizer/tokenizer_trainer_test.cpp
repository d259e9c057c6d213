#include "tokenizer/tokenizer_trainer.hpp"

#include <doctest.h>

#include <gemel/error.hpp>
#include <limits>

#include "tests/tokenizer/tiny_corpus.hpp"

using namespace gemel;
using gemel::testing::tiny_corpus;
using gemel::testing::tiny_options;
using gemel::testing::train;

TEST_CASE("options out of range are named") {
  TokenizerOptions options;
  options.vocabulary_size = 258;
  CHECK_THROWS_WITH_AS(options.validate(), "vocabulary_size: is 258; allowed is 259 to 1000000",
                       Error);
  options.byte_fallback = false;
  CHECK_NOTHROW(options.validate());
  options.vocabulary_size = 2;
  CHECK_THROWS_WITH_AS(options.validate(), "vocabulary_size: is 2; allowed is 3 to 1000000", Error);
  options = {};
  options.character_coverage = 0.5;
  CHECK_THROWS_WITH_AS(options.validate(), "character_coverage: is 0.5; allowed is 0.98 to 1",
                       Error);
  options.character_coverage = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(options.validate(), Error);
  options = {};
  options.max_sentences = 0;
  CHECK_THROWS_WITH_AS(options.validate(), "max_sentences: is 0; allowed is 1 to 100000000", Error);
  options = {};
  options.threads = 0;
  CHECK_THROWS_WITH_AS(options.validate(), "threads: is 0; allowed is 1 to 1024", Error);
  CHECK(tokenizer_kind_from_name("bpe") == TokenizerKind::bpe);
  CHECK_THROWS_WITH_AS(tokenizer_kind_from_name("word"),
                       "kind: 'word' is not known; choose among unigram, bpe", Error);
}

TEST_CASE("the vocabulary has the size asked for, and training repeats itself") {
  for (const auto kind : {TokenizerKind::unigram, TokenizerKind::bpe}) {
    const std::string once = train(tiny_options(kind), tiny_corpus());
    CHECK(train(tiny_options(kind), tiny_corpus()) == once);
    CHECK(Tokenizer(once).vocabulary_size() == 340);
  }
}

TEST_CASE("both styles of a corpus train the same tokenizer") {
  std::vector<std::string> loose = tiny_corpus();
  for (std::string& text : loose)
    for (std::size_t at = text.size(); at-- > 0;)
      if (text[at] == '?') text.insert(at, " ");
  CHECK(train(tiny_options(), loose) == train(tiny_options(), tiny_corpus()));
}

TEST_CASE("corpora that cannot be learned") {
  CHECK_THROWS_WITH_AS(train(tiny_options(), {}),
                       "tokenizer: there is no text to train on; give a corpus with words in it",
                       Error);
  CHECK_THROWS_WITH_AS(train(tiny_options(), {"", "  ", "\t"}),
                       "tokenizer: there is no text to train on; give a corpus with words in it",
                       Error);
  TokenizerOptions options = tiny_options();
  options.vocabulary_size = 5000;
  std::string message;
  try {
    train(options, tiny_corpus());
  } catch (const Error& error) {
    message = error.what();
  }
  const std::string front =
      "vocabulary_size: is 5000, but the texts yield fewer pieces; choose at most ";
  REQUIRE(message.starts_with(front));
  REQUIRE(message.ends_with(" or give more texts"));
  options.vocabulary_size = std::stoi(message.substr(front.size()));
  CHECK(Tokenizer(train(options, tiny_corpus())).vocabulary_size() == options.vocabulary_size);
  ++options.vocabulary_size;
  CHECK_THROWS_AS(train(options, tiny_corpus()), Error);
  options.vocabulary_size = 262;
  CHECK_THROWS_WITH_AS(train(options, tiny_corpus()),
                       "vocabulary_size: is 262, too small for the texts' characters; choose a "
                       "larger vocabulary_size or a smaller character_coverage",
                       Error);
}

TEST_CASE("odd texts train too: long, binary, a single letter") {
  std::vector<std::string> texts = tiny_corpus();
  std::string endless, spaced;
  for (int i = 0; i < 3000; ++i) endless += "密码";
  for (int i = 0; i < 3000; ++i) spaced += "zebra ";
  texts.push_back(endless);
  texts.push_back(spaced);
  texts.push_back(std::string("nul\0byte\xff\xfe\n\r", 12));
  texts.push_back("\u2585 block");
  for (const auto mode : {Normalization::none, Normalization::spaces, Normalization::punctuation}) {
    const Tokenizer tokenizer(train(tiny_options(TokenizerKind::unigram, mode), texts));
    std::vector<std::int32_t> ids;
    tokenizer.encode("zebra", ids);
    CHECK(ids.size() == 1);  // the long text was learned from, not dropped
  }
  TokenizerOptions one = tiny_options();
  one.vocabulary_size = 260;
  CHECK_NOTHROW(train(one, {"a"}));
}

TEST_CASE("a sample of the texts is repeatable") {
  std::vector<std::string> texts = tiny_corpus();
  TokenizerOptions options = tiny_options();
  options.vocabulary_size = 330;
  options.max_sentences = 100;
  const std::string once = train(options, texts);
  CHECK(train(options, texts) == once);
  options.seed = 2;
  CHECK(train(options, texts) != once);
  options.max_sentences = static_cast<std::int64_t>(texts.size());
  const std::string all = train(options, texts);
  options.seed = 3;
  CHECK(train(options, texts) == all);
}
