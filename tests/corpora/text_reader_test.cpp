#include "corpora/text_reader.hpp"

#include <doctest.h>

#include <vector>

#include "tests/corpora/temporary_file.hpp"

using namespace gemel;
using gemel::testing::error_of;
using gemel::testing::TemporaryFile;

namespace {

using Texts = std::vector<TextRow>;

TextOptions options_for(const TemporaryFile& file) {
  TextOptions options;
  options.input.path = file.path();
  return options;
}

void check_rows(const TextOptions& options, const Texts& expected) {
  TextReader reader(options);
  TextRow row;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    REQUIRE(reader.next(row));
    CHECK(row.text == expected[i].text);
    CHECK(row.id == expected[i].id);
    CHECK(row.line == expected[i].line);
  }
  CHECK(!reader.next(row));
  CHECK(reader.count() == static_cast<std::int64_t>(expected.size()));
}

}  // namespace

TEST_CASE("texts of every format") {
  struct Case {
    std::string name, bytes;
    Texts rows;
  };
  const Case cases[] = {
      {"t.txt", "a\tb\r\n\n\"c\"\n", {{"a\tb", "", 1}, {"", "", 2}, {"\"c\"", "", 3}}},
      {"t", "text\nid", {{"text", "", 1}, {"id", "", 2}}},
      {"t.tsv", "a\tb\n\nc\n", {{"a", "", 1}, {"", "", 2}, {"c", "", 3}}},
      {"t.tsv", "id\ttext\n7\ta\n\n8\tb\n", {{"a", "7", 2}, {"", "", 3}, {"b", "8", 4}}},
      {"t.csv", "text\n\"a\nb\"\n\nc\n", {{"a\nb", "", 2}, {"", "", 4}, {"c", "", 5}}},
      {"t.csv", "first,x\nsecond,y", {{"first", "", 1}, {"second", "", 2}}},
      {"t.jsonl",
       "{\"text\":\"a\"}\n\n{\"id\":12,\"text\":\"b\"}\n{\"id\":\"k\",\"text\":\"\"}\n",
       {{"a", "", 1}, {"", "", 2}, {"b", "12", 3}, {"", "k", 4}}},
      {"t.txt", "", {}},
      {"t.txt", "\n", {{"", "", 1}}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.bytes);
    const TemporaryFile file(c.name, c.bytes);
    check_rows(options_for(file), c.rows);
  }
}

TEST_CASE("columns asked for") {
  const TemporaryFile file("t.tsv", "key\tquestion\nk1\tq1\n");
  TextOptions options = options_for(file);
  options.columns = {"question", "key"};
  check_rows(options, {{"q1", "k1", 2}});
  options.columns = {"2", "1"};
  check_rows(options, {{"question", "key", 1}, {"q1", "k1", 2}});
  CHECK(TextReader(options).description() == "TSV, no header, text: column 2, id: column 1");
  options.columns = {"2", ""};
  options.input.header = Header::yes;
  check_rows(options, {{"q1", "", 2}});
  CHECK(TextReader(options).description() == "TSV, with a header, text: column 2");
  const TemporaryFile plain("t.txt", "a\n");
  CHECK(TextReader(options_for(plain)).description() == "text, one a line");
  options = options_for(plain);
  options.columns.text = "question";
  CHECK(error_of(plain.path(), [&] { TextReader reader(options); }) ==
        "FILE: plain text has no columns to choose from; choose the format tsv, csv or jsonl");
}

TEST_CASE("empty texts are kept and counted; bad rows are skipped only if asked for") {
  const TemporaryFile file("t.txt", "a\n\n \nb\xff\nc\n");
  TextOptions options = options_for(file);
  TextReader strict(options);
  TextRow row;
  for (int i = 0; i < 3; ++i) CHECK(strict.next(row));
  CHECK(error_of(file.path(), [&] { strict.next(row); }) ==
        "FILE:4:2: invalid UTF-8, byte 0xFF; correct the row, or skip bad rows");
  options.input.bad_rows = BadRowPolicy::skip;
  check_rows(options, {{"a", "", 1}, {"", "", 2}, {" ", "", 3}, {"c", "", 5}});
  TextReader reader(options);
  while (reader.next(row)) continue;
  CHECK(reader.empty_count() == 2);
  CHECK(reader.bad_rows().summary() == "1 bad row: 1 with invalid UTF-8");
}

TEST_CASE("a 10 MB line in every format") {
  const std::string big(10000000, 'x');
  const std::pair<std::string, std::string> files[] = {
      {"t.txt", big + "\nb"},
      {"t.tsv", big + "\tz\nb\tz"},
      {"t.csv", "\"" + big + "\",z\nb,z"},
      {"t.jsonl", "{\"text\":\"" + big + "\"}\n{\"text\":\"b\"}"}};
  for (const auto& [name, bytes] : files) {
    const TemporaryFile file(name, bytes);
    check_rows(options_for(file), {{big, "", 1}, {"b", "", 2}});
  }
}
