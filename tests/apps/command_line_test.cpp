#include "apps/command_line.hpp"

#include <doctest.h>

#include "tests/apps/parse.hpp"

using namespace gemel;
using namespace gemel::app;

namespace {

void declare(CommandLine& line) {
  line.group("Numbers").add_options()                           //
      ("size,s", po::value<int>()->default_value(3), "a size")  //
      ("share", po::value<double>(), "a share");
}

std::string usage_error(const std::vector<std::string>& arguments) {
  return message_of<UsageError>([&] { parsed(declare, arguments); });
}

}  // namespace

TEST_CASE("options, defaults and the positional argument are told apart") {
  const CommandLine line = parsed(declare, {"--share", "0.25", "file"});
  CHECK(line.positional() == std::vector<std::string>{"file"});
  CHECK(line.get<int>("size") == 3);
  CHECK(line.has("size"));
  CHECK_FALSE(line.given("size"));
  CHECK(line.given("share"));
  CHECK(line.find<double>("share") == 0.25);
  CHECK(parsed(declare, {"-s7", "file"}).get<int>("size") == 7);
  CHECK(parsed(declare, {"--size=7", "file"}).given("size"));
  CHECK_FALSE(parsed(declare, {"file"}).find<double>("share"));
}

TEST_CASE("a negative number is a value, and what follows -- is no option") {
  CHECK(parsed(declare, {"--share", "-0.5", "file"}).get<double>("share") == -0.5);
  CHECK(parsed(declare, {"--", "--share"}).positional()[0] == "--share");
  CHECK(parsed(declare, {"-"}).positional()[0] == "-");
}

TEST_CASE("wrong usage is named") {
  CHECK(usage_error({}) == "missing FILE (wanted: FILE)");
  CHECK(usage_error({"a", "b"}) == "unexpected argument 'b'");
  CHECK(usage_error({"--sha", "1", "a"}) == "unrecognised option '--sha'");
  CHECK(usage_error({"--size", "x", "a"}) == "the argument ('x') for option '--size' is invalid");
  CHECK(usage_error({"--size", "1", "--size", "2", "a"}) ==
        "option '--size' cannot be specified more than once");
}

TEST_CASE("an Error about an option becomes wrong usage, other exceptions pass") {
  CHECK(message_of<UsageError>([] {
          checked_usage([] { throw Error("size", "is 0", "allowed is 1 to 9"); });
        }) == "size: is 0; allowed is 1 to 9");
  CHECK(checked_usage([] { return 5; }) == 5);
  CHECK_THROWS_AS(checked_usage([] { throw std::bad_alloc(); }), std::bad_alloc);
}
