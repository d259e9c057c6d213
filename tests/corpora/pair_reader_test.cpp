#include "corpora/pair_reader.hpp"

#include <doctest.h>

#include <vector>

#include "tests/corpora/temporary_file.hpp"

using namespace gemel;
using namespace std::string_literals;
using gemel::testing::error_of;
using gemel::testing::TemporaryFile;

namespace {

using Pairs = std::vector<PairRow>;

Pairs read(const PairOptions& options, BadRows* bad = nullptr) {
  PairReader reader(options);
  Pairs pairs;
  PairRow pair;
  while (reader.next(pair)) pairs.push_back(pair);
  CHECK(reader.count() == static_cast<std::int64_t>(pairs.size()));
  if (bad) *bad = reader.bad_rows();
  return pairs;
}

void check_equal(const Pairs& found, const Pairs& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    CHECK(found[i].text1 == expected[i].text1);
    CHECK(found[i].text2 == expected[i].text2);
    CHECK(found[i].label == expected[i].label);
    CHECK(found[i].line == expected[i].line);
  }
}

PairOptions options_for(const TemporaryFile& file) {
  PairOptions options;
  options.input.path = file.path();
  return options;
}

}  // namespace

TEST_CASE("the same pairs in every format") {
  const Pairs expected{{"a b", "c", 1, 2}, {"d", "e", 0, 3}};
  const std::pair<std::string, std::string> files[] = {
      {"p.tsv", "label\ttext1\ttext2\n1\ta b\tc\n0\td\te\n"},
      {"p.TSV", "label\ttext1\ttext2\r\n1\ta b\tc\r\n0\td\te\r\n"},
      {"p", "\xef\xbb\xbflabel\ttext1\ttext2\n1.0\ta b\tc\n 0\td\te"},
      {"p.csv", "id,question1,question2,is_duplicate\n7,a b,c,1\n8,\"d\",e,0\n"},
      {"p.csv", "\"score\",\"sentence1\",\"sentence2\"\r\n\"1\",\"a b\",\"c\"\r\n0,d,\"e\""},
      {"p.jsonl",
       "\n{\"text1\":\"a b\",\"text2\":\"c\",\"label\":1}\n"
       "{\"text1\":\"d\",\"text2\":\"e\",\"label\":false}\n"},
      {"p.ndjson",
       "\r\n{\"text2\":\"c\",\"x\":[1],\"text1\":\"a b\",\"label\":true}\r\n"
       "{\"sentence1\":\"d\",\"sentence2\":\"e\",\"score\":\"0\"}"},
  };
  for (const auto& named : files) {
    CAPTURE(named.first);
    CAPTURE(named.second);
    const TemporaryFile file(named.first, named.second);
    check_equal(read(options_for(file)), expected);
  }
}

TEST_CASE("columns by name and by number") {
  const TemporaryFile file("p.csv", "same,qa,qb,text1\n1,a,b,x\n");
  PairOptions options = options_for(file);
  options.columns = {"same", "qa", "qb"};
  check_equal(read(options), {{"a", "b", 1, 2}});
  options.columns = {"1", "4", "3"};
  options.input.header = Header::yes;
  check_equal(read(options), {{"x", "b", 1, 2}});
  CHECK(PairReader(options).description() ==
        "CSV, with a header, label: column 1, text1: column 4, text2: column 3");
  const TemporaryFile json("p.jsonl", "{\"q\":\"a\",\"text2\":\"b\",\"label\":0,\"text1\":\"x\"}");
  options = options_for(json);
  options.columns.text1 = "q";
  check_equal(read(options), {{"a", "b", 0, 1}});
  CHECK(PairReader(options).description() ==
        "JSONL, label: key label, text1: key q, text2: key text2");
  options.columns.text1 = "2";
  CHECK(error_of(json.path(), [&] { read(options); }) ==
        "text1 column: is the number 2; name a key, since JSON objects have no order");
}

TEST_CASE("CSV: quotes, line breaks and separators inside fields") {
  const TemporaryFile file("p.csv",
                           "1,\"say \"\"hi\"\", you\",\"two\nlines\"\n"
                           "\n"
                           "0,\"three\r\n\r\nlines\",\" kept blanks \"\r\n"
                           "1, x , y \n");
  check_equal(read(options_for(file)), {{"say \"hi\", you", "two\nlines", 1, 1},
                                        {"three\r\n\r\nlines", " kept blanks ", 0, 4},
                                        {" x ", " y ", 1, 7}});
}

TEST_CASE("CSV quoting that cannot be right") {
  const TemporaryFile open("p.csv", "1,a,b\n0,\"multi\nline\",\"never\nends\n1,c,d\n");
  CHECK(error_of(open.path(), [&] { read(options_for(open)); }) ==
        "FILE:3: the quoted field that opens here never ends; close the quote, or double the "
        "quotes inside the field");
  const TemporaryFile stray("p.csv", "1,a,b\n0,5\" disk,c\n1,\"a\"b,c\n1,e,f\n");
  CHECK(error_of(stray.path(), [&] { read(options_for(stray)); }) ==
        "FILE:2:4: a quote in the middle of a field; quote the whole field and double the quotes "
        "inside it");
  PairOptions options = options_for(stray);
  options.input.bad_rows = BadRowPolicy::skip;
  BadRows bad;
  check_equal(read(options, &bad), {{"a", "b", 1, 1}, {"e", "f", 1, 4}});
  CHECK(bad.summary() == "2 bad rows: 2 with bad quoting");
  options = options_for(open);
  options.input.max_row_bytes = 12;
  CHECK(error_of(open.path(), [&] { read(options); }) ==
        "FILE:2: the row that begins here is longer than 12 bytes; look for a quote that is not "
        "closed, or raise the limit");
}

TEST_CASE("bad rows, word for word") {
  const std::string correct = "; correct the row, or skip bad rows";
  struct Case {
    std::string name, bytes, message;
  };
  const Case cases[] = {
      {"p.tsv", "1\ta\tb\n1\ta\xff\tb\n", "FILE:2:4: invalid UTF-8, byte 0xFF" + correct},
      {"p.tsv", "1\ta\tb\xe4\xbd", "FILE:1:6: invalid UTF-8, byte 0xE4" + correct},
      {"p.tsv", "1\ta\0\tb\n"s, "FILE:1:4: a NUL byte" + correct},
      {"p.csv", "1,\"a\nb\xc0\",c\n", "FILE:2:2: invalid UTF-8, byte 0xC0" + correct},
      {"p.jsonl", "{\"text1\":\"\x80\"}\n", "FILE:1:11: invalid UTF-8, byte 0x80" + correct},
      {"p.jsonl", "{\"text1\":\"a\\u0000\",\"text2\":\"b\",\"label\":1}\n",
       "FILE:1: a NUL byte in 'text1'" + correct},
      {"p.tsv", "1\ta\n",
       "FILE:1: the row has 2 columns, but text2 is column 3; check the format and the columns, "
       "correct the row, or skip bad rows"},
      {"p.csv", "1\ta\tb\n",
       "FILE:1: the row has 1 column, but text1 is column 2; check the format and the columns, "
       "correct the row, or skip bad rows"},
      {"p.jsonl", "\n{\"text1\":\"a\",\"label\":1}", "FILE:2: there is no key 'text2'" + correct},
      {"p.tsv", "1\ta\tb\nyes\ta\tb\n", "FILE:2: label 'yes' is not a number" + correct},
      {"p.tsv", "same\ta\tb\n",
       "FILE:1: label 'same' is not a number; if line 1 is a header, say so or choose the columns "
       "by name"},
      {"p.tsv", "1\ta\tb\nnan\ta\tb\n", "FILE:2: label 'nan' is not a number" + correct},
      {"p.tsv", "1\ta\tb\n\ta\tb\n", "FILE:2: label '' is not a number" + correct},
      {"p.tsv", "1e99\ta\tb\n",
       "FILE:1: label '1e99' is not a number; if line 1 is a header, say so or choose the columns "
       "by name"},
      {"p.tsv", "2\ta\tb\n",
       "FILE:1: label '2' is neither 0 nor 1; correct the row, skip bad rows, or say that labels "
       "are graded"},
      {"p.tsv", "0.5\ta\tb\n",
       "FILE:1: label '0.5' is neither 0 nor 1; correct the row, skip bad rows, or say that labels "
       "are graded"},
      {"p.tsv", "1\t\tb\n", "FILE:1: text1 is empty" + correct},
      {"p.tsv", "1\ta\t \r\n", "FILE:1: text2 is empty" + correct},
      {"p.jsonl", "{\"text1\":\"a\",]\n", "FILE:1:14: is not valid JSON" + correct},
      {"p.jsonl", "[1,\"a\",\"b\"]\n", "FILE:1: is not a JSON object" + correct},
      {"p.jsonl", "{\"text1\":1,\"text2\":\"b\",\"label\":1}\n",
       "FILE:1: 'text1' is not a string" + correct},
      {"p.jsonl", "{\"text1\":\"a\",\"text2\":\"b\",\"label\":[1]}\n",
       "FILE:1: 'label' is not a number" + correct},
      {"p.jsonl", "{\"text1\":\"a\",\"text2\":\"b\",\"label\":1e999}\n",
       "FILE:1: holds a number that is too large" + correct},
  };
  for (const Case& c : cases) {
    CAPTURE(c.bytes);
    const TemporaryFile file(c.name, c.bytes);
    CHECK(error_of(file.path(), [&] { read(options_for(file)); }) == c.message);
    PairOptions options = options_for(file);
    options.input.bad_rows = BadRowPolicy::skip;
    BadRows bad;
    read(options, &bad);
    CHECK(bad.count == 1);
    REQUIRE(bad.messages.size() == 1);
    CHECK(error_of(file.path(), [&] { throw Error("", bad.messages[0]); }) == c.message);
  }
}

TEST_CASE("skipped rows are counted, and the first are named") {
  std::string bytes;
  for (int i = 0; i < 30; ++i) bytes += i % 2 ? "1\ta\tb\n" : (i % 4 ? "1\ta\n" : "x\ta\tb\n");
  const TemporaryFile file("p.tsv", bytes);
  PairOptions options = options_for(file);
  options.input.bad_rows = BadRowPolicy::skip;
  BadRows bad;
  CHECK(read(options, &bad).size() == 15);
  CHECK(bad.count == 15);
  CHECK(bad.by_kind[static_cast<std::size_t>(BadRow::bad_label)] == 8);
  CHECK(bad.messages.size() == 10);
  CHECK(bad.summary() == "15 bad rows: 7 without a wanted column, 8 with a wrong label");
  CHECK(BadRows{}.summary() == "no bad rows");
}

TEST_CASE("graded labels, empty texts, empty files") {
  const TemporaryFile graded("p.tsv", "3.25\ta\tb\n-1\tc\td\n");
  PairOptions options = options_for(graded);
  options.labels = LabelKind::graded;
  check_equal(read(options), {{"a", "b", 3.25f, 1}, {"c", "d", -1, 2}});
  const TemporaryFile empty_text("p.tsv", "1\t\tb\n");
  options = options_for(empty_text);
  options.allow_empty_texts = true;
  check_equal(read(options), {{"", "b", 1, 1}});
  for (const char* name : {"p.tsv", "p.csv", "p.jsonl"})
    for (const char* bytes : {"", "\n\n"})
      CHECK(read(options_for(TemporaryFile(name, bytes))).empty());
}

TEST_CASE("options that cannot be met") {
  const TemporaryFile text("p.txt", "a\n");
  CHECK(error_of(text.path(), [&] { read(options_for(text)); }) ==
        "FILE: plain text has no columns for pairs; choose the format tsv, csv or jsonl");
  PairOptions options;
  options.input.path = "";
  CHECK(error_of("-", [&] { read(options); }) ==
        "path: is empty; name a file, or FILE for standard input");
  options = options_for(text);
  options.input.format = FileFormat::tsv;
  options.input.max_row_bytes = 0;
  CHECK(error_of(text.path(), [&] { read(options); }) ==
        "max_row_bytes: is 0; allowed is 1 to 1099511627776");
  options.input.max_row_bytes = 1;
  options.columns.label = "same";
  CHECK(error_of(text.path(), [&] { read(options); }) ==
        "FILE:1: there is no column 'same' for label; choose among a");
}

TEST_CASE("formats by name and ending") {
  for (const auto format : {FileFormat::automatic, FileFormat::text, FileFormat::tsv,
                            FileFormat::csv, FileFormat::jsonl})
    CHECK(file_format_from_name(name_of(format)) == format);
  CHECK(error_of("-", [] { file_format_from_name("json"); }) ==
        "format: 'json' is not known; choose among automatic, text, tsv, csv, jsonl");
  const std::pair<const char*, FileFormat> endings[] = {
      {"a.tsv", FileFormat::tsv},         {"a.csv.gz", FileFormat::csv},
      {"A.JSONL.ZST", FileFormat::jsonl}, {"a.ndjson", FileFormat::jsonl},
      {"a.txt", FileFormat::text},        {"a.tab", FileFormat::tsv},
      {"a.gz", FileFormat::automatic},    {"-", FileFormat::automatic},
      {"tsv", FileFormat::automatic}};
  for (const auto& [path, format] : endings) CHECK(format_of_path(path) == format);
}
