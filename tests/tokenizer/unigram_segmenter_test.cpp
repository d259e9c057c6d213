#include "tokenizer/unigram_segmenter.hpp"

#include <doctest.h>

#include <optional>
#include <string>

using namespace gemel;

namespace {

using Ids = std::vector<std::int32_t>;

// "ab" costs 5 as a piece and 6 in two; "aa" and "a" are as good either way round.
const std::vector<SamplerPiece> kPieces = {{"\u2581", 0, -2},  {"a", 1, -3},  {"b", 2, -3},
                                           {"ab", 3, -5},      {"aa", 4, -4}, {"\u2581c", 5, -4},
                                           {"\u2581d", 6, -9}, {"d", 7, -3}};

std::optional<Ids> segment(const UnigramSegmenter& segmenter, std::string_view text,
                           std::size_t max_ids = 100) {
  Ids ids;
  return segmenter.segment(text, max_ids, ids) ? std::optional(ids) : std::nullopt;
}

std::vector<std::int32_t> byte_ids() {
  std::vector<std::int32_t> ids(256);
  for (std::size_t i = 0; i < 256; ++i) ids[i] = 1000 + static_cast<std::int32_t>(i);
  return ids;
}

}  // namespace

TEST_CASE("the best pieces of each word") {
  const UnigramSegmenter segmenter(kPieces, {});
  CHECK(segment(segmenter, "") == Ids{});
  CHECK(segment(segmenter, "ab") == Ids{3});
  CHECK(segment(segmenter, " ab") == Ids{0, 3});
  CHECK(segment(segmenter, " c ab") == Ids{5, 0, 3});
  CHECK(segment(segmenter, " d") == Ids{0, 7});  // the piece itself costs more
  CHECK(segment(segmenter, " b c c", 3) == Ids{0, 2, 5});
  CHECK(segment(segmenter, " b c c", 1) == Ids{0, 2});
}

TEST_CASE("pieces that begin alike, shorter and longer than a machine word") {
  std::vector<SamplerPiece> pieces = {{"\u2581", 0, -2}};
  for (const char* text : {"abcdefgh", "abcdefghi", "abcdefg", "abcdefgha", "abcdefghib", "\u00e9"})
    pieces.push_back({text, static_cast<std::int32_t>(pieces.size()), -3});
  const UnigramSegmenter segmenter(pieces, {});
  CHECK(segment(segmenter, "abcdefg") == Ids{3});
  CHECK(segment(segmenter, "abcdefgh") == Ids{1});
  CHECK(segment(segmenter, "abcdefgha") == Ids{4});
  CHECK(segment(segmenter, "abcdefghi abcdefghib") == Ids{2, 0, 5});
  CHECK(segment(segmenter, "\u00e9abcdefgh") == Ids{6, 1});
}

TEST_CASE("a tie is not decided") {
  const UnigramSegmenter segmenter(kPieces, {});
  CHECK(segment(segmenter, "aa") == Ids{4});
  CHECK(segment(segmenter, "aaa") == std::nullopt);  // aa|a or a|aa
  CHECK(segment(segmenter, " c aaa") == std::nullopt);
  CHECK(segment(segmenter, " c aaa", 1) == Ids{5});
}

TEST_CASE("near ties count where a long text has rounded more away") {
  std::vector<SamplerPiece> pieces = kPieces;
  pieces[3].score = -5.9999f;  // "ab" against "a" and "b": 0.0001 apart
  const UnigramSegmenter segmenter(pieces, {});
  std::string text = " ab";
  CHECK(segment(segmenter, text) == Ids{0, 3});
  for (int i = 0; i < 100; ++i) text = " c" + text;  // costs 400, known to 400 · 2^-24 at each sum
  CHECK(segment(segmenter, text, 1000) == std::nullopt);
  // The whole-word piece too.
  pieces.push_back({"\u2581ab", 8, -7.999f});
  CHECK(segment(UnigramSegmenter(pieces, {}), " ab") == Ids{8});
  for (int i = 0; i < 1000; ++i) text = " c" + text;
  CHECK(segment(UnigramSegmenter(pieces, {}), text, 10000) == std::nullopt);
}

TEST_CASE("unknown characters become bytes") {
  const UnigramSegmenter bytes(kPieces, byte_ids());
  CHECK(segment(bytes, " x\u00e9") == Ids{0, 1000 + 'x', 1000 + 0xc3, 1000 + 0xa9});
  const UnigramSegmenter none(kPieces, {});
  CHECK(segment(none, " ab x") == std::nullopt);
  // An unknown character costs 10 more than the worst piece: 33 for xy|z, 41 for x|yz.
  const UnigramSegmenter parts({{"z", 0, -3}, {"xy", 1, -30}, {"yz", 2, -1}}, byte_ids());
  CHECK(segment(parts, "xyz") == Ids{1, 0});
}

TEST_CASE("very long words are left alone") {
  const UnigramSegmenter segmenter(kPieces, {});
  CHECK(segment(segmenter, " " + std::string(239, 'b'))->size() == 240);
  CHECK(segment(segmenter, " " + std::string(240, 'b')) == std::nullopt);
}

TEST_CASE("pieces that keep to words") {
  CHECK(UnigramSegmenter::suits(kPieces));
  CHECK(!UnigramSegmenter::suits({}));
  CHECK(!UnigramSegmenter::suits({{"a", 0, -1}, {"\u2581a", 1, -1}}));
  CHECK(!UnigramSegmenter::suits({{"\u2581", 0, -1}, {"a\u2581", 1, -1}}));
  CHECK(!UnigramSegmenter::suits({{"\u2581", 0, -1}, {"\u2581\u2581", 1, -1}}));
  CHECK(!UnigramSegmenter::suits({{"\u2581", 0, -1}, {"a b", 1, -1}}));
}
