#include "corpora/triplet_reader.hpp"

#include <doctest.h>

#include <vector>

#include "tests/corpora/temporary_file.hpp"

using namespace gemel;
using gemel::testing::error_of;
using gemel::testing::TemporaryFile;

namespace {

using Triplets = std::vector<TripletRow>;

Triplets read(const TripletOptions& options, BadRows* bad = nullptr) {
  TripletReader reader(options);
  Triplets rows;
  TripletRow row;
  while (reader.next(row)) rows.push_back(row);
  CHECK(reader.count() == static_cast<std::int64_t>(rows.size()));
  if (bad) *bad = reader.bad_rows();
  return rows;
}

void check_equal(const Triplets& found, const Triplets& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    CHECK(found[i].anchor == expected[i].anchor);
    CHECK(found[i].positive == expected[i].positive);
    CHECK(found[i].negative == expected[i].negative);
    CHECK(found[i].line == expected[i].line);
  }
}

TripletOptions options_for(const TemporaryFile& file) {
  TripletOptions options;
  options.input.path = file.path();
  return options;
}

}  // namespace

TEST_CASE("the same triplets in every format") {
  const Triplets expected{{"a b", "c", "d", 2}, {"e", "f", "g", 3}};
  const std::pair<std::string, std::string> files[] = {
      {"t.tsv", "anchor\tpositive\tnegative\na b\tc\td\ne\tf\tg\n"},
      {"t", "\na b\tc\td\r\ne\tf\tg"},
      {"t.csv", "negative,id,Query,positive\nd,1,\"a b\",c\ng,2,e,f\n"},
      {"t.csv", "question,pos,neg\r\na b,c,d\r\ne,f,g\r\n"},
      {"t.jsonl",
       "\n{\"anchor\":\"a b\",\"positive\":\"c\",\"negative\":\"d\"}\n"
       "{\"neg\":\"g\",\"pos\":\"f\",\"query\":\"e\"}"},
  };
  for (const auto& named : files) {
    CAPTURE(named.first);
    CAPTURE(named.second);
    const TemporaryFile file(named.first, named.second);
    check_equal(read(options_for(file)), expected);
  }
}

TEST_CASE("a triplet's columns by name and by number") {
  const TemporaryFile file("t.csv", "n,x,q,p\nno,-,ask,yes\n");
  TripletOptions options = options_for(file);
  options.columns = {"q", "p", "n"};
  check_equal(read(options), {{"ask", "yes", "no", 2}});
  options.columns = {"3", "4", "1"};
  check_equal(read(options), {{"q", "p", "n", 1}, {"ask", "yes", "no", 2}});
  CHECK(TripletReader(options).description() ==
        "CSV, no header, anchor: column 3, positive: column 4, negative: column 1");
  options.columns.anchor = "ask";
  CHECK(error_of(file.path(), [&] { read(options); }) ==
        "FILE:1: there is no column 'ask' for anchor; choose among n, x, q, p");
}

TEST_CASE("bad triplets, word for word") {
  const std::string correct = "; correct the row, or skip bad rows";
  struct Case {
    std::string name, bytes, message;
  };
  const Case cases[] = {
      {"t.tsv", "a\tb\tc\na\tb\n",
       "FILE:2: the row has 2 columns, but negative is column 3; check the format and the columns, "
       "correct the row, or skip bad rows"},
      {"t.tsv", " \tb\tc\n", "FILE:1: anchor is empty" + correct},
      {"t.tsv", "a\t\tc\n", "FILE:1: positive is empty" + correct},
      {"t.csv", "a,b,\" \"\n", "FILE:1: negative is empty" + correct},
      {"t.tsv", "a\tb\xff\tc\n", "FILE:1:4: invalid UTF-8, byte 0xFF" + correct},
      {"t.jsonl", "{\"anchor\":\"a\",\"positive\":\"b\"}\n",
       "FILE:1: there is no key 'negative'" + correct},
      {"t.jsonl", "{\"anchor\":\"a\",\"positive\":7,\"negative\":\"c\"}\n",
       "FILE:1: 'positive' is not a string" + correct},
  };
  for (const Case& c : cases) {
    CAPTURE(c.bytes);
    const TemporaryFile file(c.name, c.bytes);
    CHECK(error_of(file.path(), [&] { read(options_for(file)); }) == c.message);
    TripletOptions options = options_for(file);
    options.input.bad_rows = BadRowPolicy::skip;
    BadRows bad;
    read(options, &bad);
    CHECK(bad.count == 1);
  }
}

TEST_CASE("triplets: empty texts on request, empty files, plain text") {
  const TemporaryFile blanks("t.tsv", "a\t\tc\n");
  TripletOptions options = options_for(blanks);
  options.allow_empty_texts = true;
  check_equal(read(options), {{"a", "", "c", 1}});
  for (const char* name : {"t.tsv", "t.csv", "t.jsonl"})
    for (const char* bytes : {"", "\n\n"})
      CHECK(read(options_for(TemporaryFile(name, bytes))).empty());
  const TemporaryFile text("t.txt", "a\n");
  CHECK(error_of(text.path(), [&] { read(options_for(text)); }) ==
        "FILE: plain text has no columns for triplets; choose the format tsv, csv or jsonl");
}
