#include "tokenizer/model_pieces.hpp"

#include <doctest.h>
#include <sentencepiece_processor.h>

#include "tests/tokenizer/tiny_corpus.hpp"

using namespace gemel;
using namespace std::string_literals;
using gemel::testing::tiny_corpus;
using gemel::testing::tiny_options;
using gemel::testing::train;

namespace {

// Pieces "<unk>" of type 2, "</s>" of type 3, "<0x41>" of type 6, "\u2581a" at -1.5, one of type 5;
// a trainer's model type 2 (BPE); a normaliser's name and table "xyz"; an unknown field of each
// kind.
const std::string model =
    "\x0a\x09\x0a\x05<unk>\x18\x02"
    "\x0a\x08\x0a\x04</s>\x18\x03"
    "\x0a\x0a\x0a\x06<0x41>\x18\x06"
    "\x0a\x0b\x0a\x04\xe2\x96\x81"
    "a\x15\x00\x00\xc0\xbf"
    "\x0a\x05\x0a\x01z\x18\x05"
    "\x12\x02\x18\x02"
    "\x1a\x08\x0a\x01n\x12\x03xyz"
    "\x78\xff\xff\x03\x7a\x01?\x7d\x01\x02\x03\x04\x79\x01\x02\x03\x04\x05\x06\x07\x08"s;

}  // namespace

TEST_CASE("a message by hand") {
  const auto pieces = read_pieces(model);
  REQUIRE(pieces);
  CHECK(pieces->count == 5);
  CHECK(pieces->unknown_id == 0);
  CHECK(pieces->end_id == 1);
  CHECK(pieces->is_bpe);
  CHECK(pieces->charsmap == "xyz");
  REQUIRE(pieces->normal.size() == 1);
  CHECK(pieces->normal[0].text == "\u2581a");
  CHECK(pieces->normal[0].id == 3);
  CHECK(pieces->normal[0].score == -1.5f);
  REQUIRE(pieces->byte_ids.size() == 256);
  CHECK(pieces->byte_ids[0x41] == 2);
  CHECK(pieces->byte_ids[0x42] == 0);
}

TEST_CASE("what is no message") {
  const std::string rows[] = {
      "",
      "\x0a",                                      // no length
      "\x0a\x05\x0a\x01z",                         // cut off
      "\x0a\x03\x0a\x05z",                         // a part longer than its whole
      "\x0b",                                      // a group
      "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff",  // a number without end
      "\x12\x02\x18\x02",                          // no piece
  };
  for (const std::string& row : rows) {
    CAPTURE(row);
    CHECK_FALSE(read_pieces(row));
  }
  for (std::size_t size = 0; size < model.size(); ++size) read_pieces(model.substr(0, size));
}

TEST_CASE("what sentencepiece says of models that it trained") {
  for (const auto kind : {TokenizerKind::unigram, TokenizerKind::bpe})
    for (const bool bytes : {true, false}) {
      TokenizerOptions options = tiny_options(kind);
      options.byte_fallback = bytes;
      if (!bytes) options.vocabulary_size = 100;
      const std::string trained = train(options, tiny_corpus());
      sentencepiece::SentencePieceProcessor processor;
      REQUIRE(processor.LoadFromSerializedProto(trained).ok());
      const auto pieces = read_pieces(trained);
      REQUIRE(pieces);
      CHECK(pieces->count == processor.GetPieceSize());
      CHECK(pieces->unknown_id == processor.unk_id());
      CHECK(pieces->end_id == processor.eos_id());
      CHECK(pieces->is_bpe == (kind == TokenizerKind::bpe));
      CHECK(pieces->byte_ids.size() == (bytes ? 256 : 0));
      for (std::size_t b = 0; b < pieces->byte_ids.size(); ++b) {
        REQUIRE(processor.IsByte(pieces->byte_ids[b]));
        REQUIRE(byte_of(processor.IdToPiece(pieces->byte_ids[b])) == b);
      }
      CHECK(pieces->normal.size() + pieces->byte_ids.size() + 2 ==
            static_cast<std::size_t>(pieces->count));
      for (const SamplerPiece& piece : pieces->normal) {
        REQUIRE(piece.text == processor.IdToPiece(piece.id));
        REQUIRE(piece.score == processor.GetScore(piece.id));
      }
    }
}
