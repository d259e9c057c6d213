#include "corpora/tuple_reader.hpp"

#include <doctest.h>

#include "tests/corpora/temporary_file.hpp"

using namespace gemel;
using gemel::testing::error_of;
using gemel::testing::TemporaryFile;

namespace {

using Tuples = std::vector<TupleRow>;

Tuples read(const TupleOptions& options, BadRows* bad = nullptr) {
  TupleReader reader(options);
  Tuples rows;
  TupleRow row;
  while (reader.next(row)) rows.push_back(row);
  CHECK(reader.count() == static_cast<std::int64_t>(rows.size()));
  if (bad) *bad = reader.bad_rows();
  return rows;
}

void check_equal(const Tuples& found, const Tuples& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    CHECK(found[i].texts == expected[i].texts);
    CHECK(found[i].label == expected[i].label);
    CHECK(found[i].line == expected[i].line);
  }
}

TupleOptions options_for(const TemporaryFile& file) {
  TupleOptions options;
  options.input.path = file.path();
  options.columns = {{"question", ""}, {"passage", ""}};
  return options;
}

}  // namespace

TEST_CASE("the same tuples in every format, with labels and without") {
  const Tuples expected{{{"a b", "c"}, 1, 2}, {{"d", "e"}, 1, 3}};
  const std::pair<std::string, std::string> files[] = {
      {"t.tsv", "question\tpassage\na b\tc\nd\te\n"},
      {"t", "\na b\tc\nd\te"},
      {"t.tsv", "Passage\tlabel\tquestion\nc\t1\ta b\ne\t1.0\td\n"},
      {"t.csv", "is_duplicate,passage,question\n1,c,a b\r\n1,e,\"d\"\n"},
      {"t.jsonl",
       "\n{\"passage\":\"c\",\"question\":\"a b\"}\n"
       "{\"question\":\"d\",\"passage\":\"e\",\"label\":true}\n"},
  };
  for (const auto& named : files) {
    CAPTURE(named.first);
    CAPTURE(named.second);
    const TemporaryFile file(named.first, named.second);
    check_equal(read(options_for(file)), expected);
  }
}

TEST_CASE("three towers, columns by number, a label column that is asked for") {
  const TemporaryFile file("t.tsv", "0\tde\ten\tfr\n1\tda\tin\tla\n");
  TupleOptions options = options_for(file);
  options.columns = {{"english", "3"}, {"french", "4"}, {"german", "2"}};
  check_equal(read(options), {{{"en", "fr", "de"}, 1, 1}, {{"in", "la", "da"}, 1, 2}});
  options.label = "1";
  check_equal(read(options), {{{"en", "fr", "de"}, 0, 1}, {{"in", "la", "da"}, 1, 2}});
  CHECK(TupleReader(options).description() ==
        "TSV, no header, english: column 3, french: column 4, german: column 2, label: column 1");
  options.label = "0";
  CHECK(error_of(file.path(), [&] { read(options); }) ==
        "label column: is 0; columns count from 1 to 1000000");
}

TEST_CASE("graded labels, names of columns beside names of towers") {
  const TemporaryFile file("t.csv", "left,right,score\na,b,2.5\nc,d,-1\n");
  TupleOptions options = options_for(file);
  options.columns = {{"question", "left"}, {"passage", "right"}};
  options.labels = LabelKind::graded;
  check_equal(read(options), {{{"a", "b"}, 2.5f, 2}, {{"c", "d"}, -1, 3}});
  options.label = "grade";
  CHECK(error_of(file.path(), [&] { read(options); }) ==
        "FILE:1: there is no column 'grade' for label; choose among left, right, score");
  options.label = "";
  options.columns[1].column = "";
  options.input.header = Header::yes;
  options.columns[1].name = "text";
  check_equal(read(options), {{{"a", "b"}, 2.5f, 2}, {{"c", "d"}, -1, 3}});
}

TEST_CASE("bad tuples, word for word") {
  const std::string correct = "; correct the row, or skip bad rows";
  struct Case {
    std::string name, bytes, message;
  };
  const Case cases[] = {
      {"t.tsv", "a\tb\nc\n",
       "FILE:2: the row has 1 column, but passage is column 2; check the format and the columns, "
       "correct the row, or skip bad rows"},
      {"t.tsv", "a\t \n", "FILE:1: passage is empty" + correct},
      {"t.tsv", "question\tpassage\tlabel\na\tb\t\n", "FILE:2: label '' is not a number" + correct},
      {"t.tsv", "question\tpassage\tlabel\na\tb\tyes\n",
       "FILE:2: label 'yes' is not a number" + correct},
      {"t.csv", "question,passage,label\na,b,2\n",
       "FILE:2: label '2' is neither 0 nor 1; correct the row, skip bad rows, or say that labels "
       "are graded"},
      {"t.jsonl", "{\"question\":\"a\",\"passage\":\"b\",\"label\":\"\"}\n",
       "FILE:1: label '' is not a number" + correct},
      {"t.jsonl", "{\"question\":\"a\",\"passage\":\"b\",\"label\":null}\n",
       "FILE:1: 'label' is not a number" + correct},
      {"t.jsonl", "{\"question\":\"a\"}\n", "FILE:1: there is no key 'passage'" + correct},
      {"t.csv", "a\xff,b\n", "FILE:1:2: invalid UTF-8, byte 0xFF" + correct},
  };
  for (const Case& c : cases) {
    CAPTURE(c.bytes);
    const TemporaryFile file(c.name, c.bytes);
    CHECK(error_of(file.path(), [&] { read(options_for(file)); }) == c.message);
    TupleOptions options = options_for(file);
    options.input.bad_rows = BadRowPolicy::skip;
    BadRows bad;
    read(options, &bad);
    CHECK(bad.count == 1);
  }
}

TEST_CASE("towers that cannot be read") {
  const TemporaryFile file("t.tsv", "a\tb\n");
  TupleOptions options = options_for(file);
  const auto message = [&] { return error_of(file.path(), [&] { read(options); }); };
  options.columns = {{"question", ""}};
  CHECK(message() == "columns: there are 1; allowed is 2 to 16");
  options.columns.assign(17, {"question", ""});
  CHECK(message() == "columns: there are 17; allowed is 2 to 16");
  options.columns = {{"question", "1"}, {"passage", "2"}, {"question", "3"}};
  CHECK(message() == "columns: 'question' is named twice; give each tower a name of its own");
  options.columns = {{"question", ""}, {"", "2"}};
  CHECK(message() ==
        "columns: the name of number 2 is empty; name the tower that the column is for");
  options.columns = {{"question", "title"}, {"passage", ""}};
  options.input.header = Header::no;
  CHECK(message() ==
        "question column: 'title' is a name; give a number, since the file is said to have no "
        "header");
  const TemporaryFile text("t.txt", "a\n");
  CHECK(error_of(text.path(), [&] { read(options_for(text)); }) ==
        "FILE: plain text has no columns for tuples; choose the format tsv, csv or jsonl");
}

TEST_CASE("sixteen towers; empty texts on request; empty files") {
  std::string bytes;
  TupleOptions many;
  for (int i = 0; i < 16; ++i) {
    bytes += (i ? "\tt" : "t") + std::to_string(i);
    many.columns.push_back({"tower" + std::to_string(i), ""});
  }
  const TemporaryFile file("t.tsv", bytes);
  many.input.path = file.path();
  const Tuples rows = read(many);
  REQUIRE(rows.size() == 1);
  REQUIRE(rows[0].texts.size() == 16);
  CHECK(rows[0].texts[15] == "t15");
  const TemporaryFile blanks("t.tsv", "a\t\n");
  TupleOptions options = options_for(blanks);
  options.allow_empty_texts = true;
  check_equal(read(options), {{{"a", ""}, 1, 1}});
  for (const char* name : {"t.tsv", "t.csv", "t.jsonl"})
    for (const char* empty : {"", "\n\n"})
      CHECK(read(options_for(TemporaryFile(name, empty))).empty());
}

TEST_CASE("labels are not taken for the first tower's texts") {
  const TemporaryFile file("t.tsv", "1\thow old\twhat age\n0\ta\tb\n");
  TupleOptions options = options_for(file);
  CHECK(
      error_of(file.path(), [&] { read(options); }) ==
      "FILE:1: the text for question is '1', which looks like a label; say which columns hold the "
      "label and the texts, or give the file a header");
  const TemporaryFile others("t.tsv", "label\tfirst\tsecond\n0\ta\tb\n");
  CHECK(
      error_of(others.path(), [&] { read(options_for(others)); }).starts_with("FILE:2: the text "));
  options.label = "1";
  options.columns = {{"question", "2"}, {"passage", "3"}};
  check_equal(read(options), {{{"how old", "what age"}, 1, 1}, {{"a", "b"}, 0, 2}});
}
