#include <doctest.h>

#include <random>

#include "corpora/pair_reader.hpp"
#include "corpora/text_reader.hpp"
#include "tests/corpora/temporary_file.hpp"

using namespace gemel;
using gemel::testing::TemporaryFile;

namespace {

constexpr FileFormat kFormats[] = {FileFormat::text, FileFormat::tsv, FileFormat::csv,
                                   FileFormat::jsonl};

/// Reads all rows; an Error is a defined end.
template <class Reader, class Row, class Options>
void drain(const Options& options) {
  try {
    Reader reader(options);
    Row row;
    std::int64_t line = 0;
    while (reader.next(row)) {
      REQUIRE(row.line >= line);
      line = row.line;
    }
  } catch (const Error& error) {
    REQUIRE(std::string(error.what()).size() > 0);
  }
}

}  // namespace

TEST_CASE("random bytes end in rows or in an Error") {
  const std::string tokens[] = {"\"",
                                ",",
                                "\n",
                                "\r\n",
                                "\t",
                                "{",
                                "}",
                                "\"text\":",
                                "\"label\":1",
                                "\"text1\":\"a\"",
                                "text1",
                                "text2",
                                "label",
                                "0",
                                "1",
                                "a b",
                                "\xff",
                                std::string(1, '\0'),
                                "\xef\xbb\xbf",
                                "\xe4\xbd\xa0",
                                "[",
                                "\\u00",
                                "\x1f\x8b",
                                "\x28\xb5\x2f\xfd"};
  std::mt19937 random(11);
  const TemporaryFile file("x", "");
  for (int round = 0; round < 300; ++round) {
    std::string bytes;
    for (unsigned i = random() % 40; i > 0; --i)
      bytes += random() % 8 ? tokens[random() % std::size(tokens)]
                            : std::string(1, static_cast<char>(random()));
    file.write(bytes);
    for (const FileFormat format : kFormats) {
      InputOptions input;
      input.path = file.path();
      input.format = format;
      input.bad_rows = random() % 2 ? BadRowPolicy::skip : BadRowPolicy::fail;
      input.max_row_bytes = random() % 4 ? 1000 : 10;
      drain<TextReader, TextRow>(TextOptions{input, {}});
      drain<PairReader, PairRow>(PairOptions{input, {}, LabelKind::graded, random() % 2 == 0});
    }
  }
}
