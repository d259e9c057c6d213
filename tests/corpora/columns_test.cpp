#include "corpora/columns.hpp"

#include <doctest.h>

#include <gemel/error.hpp>

using namespace gemel;
using Row = std::vector<std::string_view>;

namespace {

std::vector<WantedColumn> pair_columns(std::string label, std::string text1, std::string text2) {
  return {{"label", std::move(label), {"label", "score"}, 1, true, true},
          {"text1", std::move(text1), {"text1", "question1"}, 2, true, false},
          {"text2", std::move(text2), {"text2", "question2"}, 3, true, false}};
}

}  // namespace

TEST_CASE("columns by first row") {
  struct Case {
    std::vector<WantedColumn> wanted;
    Header header;
    Row row;
    bool has_header;
    std::vector<std::size_t> numbers;
  };
  const Header automatic = Header::automatic;
  const Case cases[] = {
      {pair_columns("", "", ""), automatic, {"1", "a", "b"}, false, {1, 2, 3}},
      {pair_columns("", "", ""), automatic, {"text1", "text2", "label"}, true, {3, 1, 2}},
      {pair_columns("", "", ""),
       automatic,
       {"id", "Question1", "QUESTION2", "Score"},
       true,
       {4, 2, 3}},
      {pair_columns("", "", ""), automatic, {"score", "text1", "text2", "label"}, true, {4, 2, 3}},
      {pair_columns("", "", ""), automatic, {"label", "text1", "other"}, false, {1, 2, 3}},
      {pair_columns("", "", ""), Header::no, {"text1", "text2", "label"}, false, {1, 2, 3}},
      {pair_columns("", "", ""), Header::yes, {"a", "b", "c"}, true, {1, 2, 3}},
      {pair_columns("", "", ""), Header::yes, {"a", "b", "c", "label"}, true, {4, 2, 3}},
      {pair_columns("3", "1", "2"), automatic, {"label", "text1", "text2"}, false, {3, 1, 2}},
      {pair_columns("3", "1", "2"), Header::yes, {"x", "y", "z"}, true, {3, 1, 2}},
      {pair_columns("same", "q1", "q2"), automatic, {"q1", "q2", "same"}, true, {3, 1, 2}},
      {pair_columns("same", "2", ""), automatic, {"q1", "q2", "same", "text2"}, true, {3, 2, 4}},
      {pair_columns("9", "1", "2"), automatic, {"a", "b"}, false, {9, 1, 2}},
  };
  for (const Case& c : cases) {
    const ChosenColumns chosen = choose_columns("f", c.header, c.wanted, c.row);
    CAPTURE(&c - cases);
    CHECK(chosen.header == c.has_header);
    CHECK(chosen.numbers == c.numbers);
  }
}

TEST_CASE("columns that are not there") {
  const Row row{"id", "q1", "q2"};
  CHECK_THROWS_WITH_AS(
      choose_columns("f.tsv", Header::automatic, pair_columns("same", "q1", "q2"), row),
      "f.tsv:1: there is no column 'same' for label; choose among id, q1, q2", Error);
  CHECK_THROWS_WITH_AS(
      choose_columns("f.tsv", Header::automatic, pair_columns("id", "Q1", "q2"), row),
      "f.tsv:1: there is no column 'Q1' for text1; choose among id, q1, q2", Error);
  CHECK_THROWS_WITH_AS(
      choose_columns("f.tsv", Header::no, pair_columns("1", "q1", "3"), row),
      "text1 column: 'q1' is a name; give a number, since the file is said to have no header",
      Error);
  CHECK_THROWS_WITH_AS(column_number("text1", "0"),
                       "text1 column: is 0; columns count from 1 to 1000000", Error);
  CHECK_THROWS_WITH_AS(column_number("text1", "99999999999999999999999"),
                       "text1 column: is 99999999999999999999999; columns count from 1 to 1000000",
                       Error);
  CHECK(column_number("text1", "12") == 12);
  CHECK(column_number("text1", "1a") == 0);
  CHECK(column_number("text1", "-1") == 0);
}
