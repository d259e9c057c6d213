#include "apps/config_file.hpp"

#include <doctest.h>

#include "tests/apps/parse.hpp"

using namespace gemel;
using namespace gemel::app;

namespace {

std::string listed(std::string_view text) {
  std::string result;
  for (const ConfigEntry& e : parse_config(text, "c.conf"))
    result += std::to_string(e.line) + ":" + e.name + "=" + e.value + ";";
  return result;
}

std::string config_error(std::string_view text) {
  return message_of<Error>([&] { parse_config(text, "c.conf"); });
}

// What the value reads as once it has been written.
std::string read_back(const std::string& value) {
  const auto entries = parse_config(config_line("key", value), "c.conf");
  REQUIRE(entries.size() == 1);
  return entries[0].value;
}

}  // namespace

TEST_CASE("lines, comments, spaces and quotes") {
  CHECK(listed("") == "");
  CHECK(listed("a = 1\n\n# b = 2\n  c=3  \r\nd = x y # z\n") == "1:a=1;4:c=3;5:d=x y;");
  CHECK(listed("a = 1") == "1:a=1;");
  CHECK(listed("\xEF\xBB\xBF"
               "a = 1\n") == "1:a=1;");
  CHECK(listed("a = b=c\na = x#y\n") == "1:a=b=c;2:a=x#y;");
  CHECK(listed("a = \"\"\nb = \" # \" # c\n") == "1:a=;2:b= # ;");
  CHECK(listed("a = \"\\\"\\\\\\n\\t\\r\"\n") == "1:a=\"\\\n\t\r;");
  CHECK(listed("a = say \"yes\"\n") == "1:a=say \"yes\";");
}

TEST_CASE("what is no configuration is named with its line") {
  CHECK(config_error("a = 1\nb\n") ==
        "c.conf:2: 'b' has no value; write 'b = VALUE', or 'b = \"\"' for an empty one");
  CHECK(config_error("b = # none\n") ==
        "c.conf:1: 'b' has no value; write 'b = VALUE', or 'b = \"\"' for an empty one");
  CHECK(config_error("= 3\n") == "c.conf:1: nothing stands before '='; write 'key = value'");
  const std::string quoted =
      "c.conf:1: the value of 'a' is not well quoted; end it with '\"', and write \\\" and \\\\ "
      "for '\"' and '\\' within";
  for (const char* text : {"a = \"x", "a = \"x\" y", "a = \"\\x\"", "a = \"\\"})
    CHECK(config_error(text) == quoted);
  CHECK(config_error("a = 1\n[b]\nc = 2\n") ==
        "c.conf:2: '[b]' begins a section, which a configuration has not; write 'key = value' "
        "lines only; 'gemel sweep' takes files with sections");
}

TEST_CASE("sections keep their order and lines") {
  const auto sections = parse_sections("a = 1\n[ one ] # first\nb = 2\n\n[two]\n", "s.sweep");
  REQUIRE(sections.size() == 3);
  CHECK(sections[0].name == "");
  CHECK(sections[0].entries.size() == 1);
  CHECK(sections[1].name == "one");
  CHECK(sections[1].line == 2);
  REQUIRE(sections[1].entries.size() == 1);
  CHECK(sections[1].entries[0].line == 3);
  CHECK(sections[2].name == "two");
  CHECK(sections[2].entries.empty());
  const auto error = [](const char* text) {
    return message_of<Error>([&] { parse_sections(text, "s.sweep"); });
  };
  CHECK(error("[one\n") == "s.sweep:1: '[one' has no ']' at its end");
  CHECK(error("\n[ ]\n") == "s.sweep:2: the section has no name; write [NAME]");
}

TEST_CASE("every value reads back as it was written") {
  CHECK(config_line("a", "plain text") == "a = plain text\n");
  CHECK(config_line("a", "") == "a = \"\"\n");
  CHECK(config_line("a", "x # y") == "a = \"x # y\"\n");
  const std::string letters = " #\"\\\n\t\rnx=[";
  // All texts of up to four of these letters.
  for (std::size_t code = 0; code < 12 * 12 * 12 * 12; ++code) {
    std::string value;
    for (std::size_t rest = code; rest; rest /= 12)
      if (rest % 12) value += letters[rest % 12 - 1];
    const std::string back = read_back(value);
    if (back != value) CHECK(back == value);
  }
  CHECK(read_back("ümlaut, 中文") == "ümlaut, 中文");
}

TEST_CASE("comments are broken between words") {
  CHECK(config_comment("one\ntwo") == "# one two\n");
  const std::string long_word(70, 'x');
  CHECK(config_comment(long_word + " " + long_word) ==
        "# " + long_word + "\n# " + long_word + "\n");
  CHECK(config_comment("") == "#\n");
}

TEST_CASE("near names are proposed, nearest first") {
  const std::vector<std::string> names = {"food", "fool", "hidden-size", "learning-rate", "seed"};
  CHECK(did_you_mean("foo", names) == "did you mean 'food' or 'fool'?");
  CHECK(did_you_mean("foodd", names) == "did you mean 'food'?");
  CHECK(did_you_mean("sede", names) == "did you mean 'seed'?");  // two letters swapped
  CHECK(did_you_mean("hidden", names) == "did you mean 'hidden-size'?");
  CHECK(did_you_mean("learning_rate", names) == "did you mean 'learning-rate'?");
  CHECK(did_you_mean("lerning-raet", names) == "did you mean 'learning-rate'?");
  CHECK(did_you_mean("epochs", names) == "");
  const std::vector<std::string> many = {"abcd", "abce", "abcf", "abcg"};
  CHECK(did_you_mean("abc", many) == "did you mean 'abcd', 'abce' or 'abcf'?");
}

TEST_CASE("a record becomes JSON and a configuration again") {
  const ConfigRecord record = {{"z", "1"}, {"list", "a"}, {"list", "b # c"}, {"a", ""}};
  const std::string json = R"({"z":"1","list":["a","b # c"],"a":""})";
  CHECK(config_record_json(record) == json);
  CHECK(config_from_record(json) == "z = 1\nlist = a\nlist = \"b # c\"\na = \"\"\n");
  CHECK(config_record_json({}) == "{}");
  CHECK(config_from_record("{}") == "");
  const auto error = [](const char* text) {
    return message_of<Error>([&] { config_from_record(text); });
  };
  CHECK(error("[]") == "training.config: is no JSON object");
  CHECK(error("{") == "training.config: is no JSON object");
  CHECK(error(R"({"a":{}})") == "training.config: the value of 'a' is no text");
  CHECK(error(R"({"a":["x",[]]})") == "training.config: the value of 'a' is no text");
}
