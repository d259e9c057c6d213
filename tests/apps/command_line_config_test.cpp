#include <doctest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>

#include "tests/apps/parse.hpp"

using namespace gemel;
using namespace gemel::app;

namespace {

using Strings = std::vector<std::string>;

void declare(CommandLine& line) {
  line.group("Numbers").add_options()                           //
      ("size,s", po::value<int>()->default_value(3), "a size")  //
      ("share", po::value<double>(), "a share")                 //
      ("rate", po::value<float>()->default_value(0.1f, "0.1"), "a rate")(
          "seed", po::value<std::uint64_t>()->default_value(7), "a seed");
  line.group("Rest").add_options()                                     //
      ("fast", po::bool_switch(), "a switch")                          //
      ("name", po::value<std::string>()->default_value(""), "a name")  //
      ("set", po::value<Strings>(), "may be repeated");
  line.allow_config();
}

// A file in the current directory for as long as this lives: messages show its bare name.
struct ConfigFile {
  explicit ConfigFile(const std::string& text) { std::ofstream("t.conf") << text; }
  ~ConfigFile() { std::filesystem::remove("t.conf"); }
};

CommandLine with_config(const std::string& text, Strings arguments = {},
                        const std::string& positional = "FILE") {
  const ConfigFile file(text);
  CommandLine line("try", positional, "Tries.");
  declare(line);
  arguments.insert(arguments.begin(), {"--config", "t.conf"});
  line.parse(arguments);
  return line;
}

std::string config_error(const std::string& text, const Strings& arguments = {},
                         const std::string& positional = "FILE") {
  return message_of<UsageError>([&] { with_config(text, arguments, positional); });
}

}  // namespace

TEST_CASE("command line over configuration file over default") {
  const std::string text = "size = 5\nrate=0.5\nfile = a.tsv\nset = x\nset = y\nfast = true\n";
  const CommandLine line = with_config(text);
  CHECK(line.get<int>("size") == 5);
  CHECK(line.given("size"));
  CHECK(line.get<float>("rate") == 0.5f);
  CHECK(line.get<std::uint64_t>("seed") == 7);
  CHECK_FALSE(line.given("seed"));
  CHECK_FALSE(line.has("share"));
  CHECK(line.get<bool>("fast"));
  CHECK(line.get<Strings>("set") == Strings{"x", "y"});
  CHECK(line.positional() == Strings{"a.tsv"});

  const CommandLine over = with_config(text, {"-s", "9", "--fast=false", "--set", "z", "b.tsv"});
  CHECK(over.get<int>("size") == 9);
  CHECK(over.get<float>("rate") == 0.5f);
  CHECK_FALSE(over.get<bool>("fast"));
  CHECK(over.get<Strings>("set") == Strings{"z"});
  CHECK(over.positional() == Strings{"b.tsv"});
}

TEST_CASE("a switch takes a value behind '=' only") {
  CHECK(with_config("", {"--fast=true", "x"}).get<bool>("fast"));
  CHECK_FALSE(with_config("", {"--fast=false", "x"}).get<bool>("fast"));
  CHECK(with_config("", {"--", "--fast=false"}).positional() == Strings{"--fast=false"});
  CHECK(config_error("", {"--fast=maybe", "x"}) == "option '--fast' does not take any arguments");
}

TEST_CASE("mistakes in a configuration file are named with their line") {
  CHECK(config_error("\nsiez = 3\n") == "t.conf:2: unknown option 'siez'; did you mean 'size'?");
  CHECK(config_error("fil = 3\n") == "t.conf:1: unknown option 'fil'; did you mean 'file'?");
  CHECK(config_error("wheel = 3\n") ==
        "t.conf:1: unknown option 'wheel'; 'gemel try --print-config' lists the options");
  for (const char* name : {"help", "config", "print-config", "positional", "h", "--size"})
    CHECK(config_error(name + std::string(" = true")).starts_with("t.conf:1: unknown option '"));
  CHECK(config_error("size\n") ==
        "t.conf:1: 'size' has no value; write 'size = VALUE', or 'size = \"\"' for an empty one");
  CHECK(config_error("size = many\n") ==
        "t.conf:1: 'many' is no value for 'size'; wanted is a whole number");
  CHECK(config_error("share = half\n") ==
        "t.conf:1: 'half' is no value for 'share'; wanted is a number");
  for (const std::string value : {"yes", "1", "on", "True"})
    CHECK(config_error("fast = " + value) ==
          "t.conf:1: '" + value + "' is no value for 'fast'; wanted is true or false");
  CHECK(config_error("size = 1\n\nsize = 1\n") ==
        "t.conf:3: 'size' stands in line 1 already; give it once");
  CHECK(config_error("file = a\nfile = b\n") ==
        "t.conf:2: 'file' stands in line 1 already; give it once");
  // Even what the command line overrides is looked at.
  CHECK(config_error("size = many\n", {"--size", "3"}) ==
        "t.conf:1: 'many' is no value for 'size'; wanted is a whole number");
  CHECK(config_error("size = 3\n") == "missing FILE (wanted: FILE)");
  CHECK(message_of<UsageError>([] {
          CommandLine line("try", "FILE", "Tries.");
          line.parse(Strings{"--config", "x", "y"});
        }) == "unrecognised option '--config'");
  CHECK(message_of<Error>([] {
          CommandLine line("try", "FILE", "Tries.");
          line.allow_config();
          line.parse(Strings{"--config", "nowhere.conf", "y"});
        }) == "nowhere.conf: cannot be opened: No such file or directory");
}

TEST_CASE("arguments: several, optional and repeated ones") {
  CHECK(with_config("text2 = b\ntext1 = a\n", {}, "TEXT1 TEXT2").positional() == Strings{"a", "b"});
  CHECK(config_error("text2 = b\n", {}, "TEXT1 TEXT2") == "missing TEXT1 (wanted: TEXT1 TEXT2)");
  CHECK(config_error("text1 = b\n", {}, "TEXT1 TEXT2") == "missing TEXT2 (wanted: TEXT1 TEXT2)");
  CHECK(with_config("file = a\nfile = b\n", {}, "FILE…").positional() == Strings{"a", "b"});
  CHECK(with_config("", {"a", "b", "c"}, "FILE…").positional().size() == 3);
  CHECK(config_error("", {}, "FILE…") == "missing FILE (wanted: FILE…)");
  CHECK(with_config("", {}, "[FILE]").positional().empty());
  CHECK(with_config("", {"a"}, "[FILE]").positional() == Strings{"a"});
  CHECK(config_error("", {"a", "b"}, "[FILE]") == "unexpected argument 'b'");
  CHECK(with_config("file = a\n", {}, "[FILE…]").positional() == Strings{"a"});
  CHECK(with_config("", {}, "[FILE…]").positional().empty());
}

TEST_CASE("the resolved configuration reads back as itself") {
  const CommandLine line =
      with_config("share = 0.1\nname = \" a # b \"\nset = x\nset = \"\"\nfast = true\n",
                  {"--rate", "1e-7", "my file.tsv"});
  const std::string text = line.resolved_config();
  const std::string head =
      "# gemel try: every option with its value. Paths are relative to the current directory. A "
      "line "
      "that\n# begins with '#' says nothing; an option without a value stands in such a line.\n";
  CHECK(text == head +
                    "\n# ---- Arguments ----\n\nfile = my file.tsv\n"
                    "\n# ---- Numbers ----\n"
                    "\n# a size\nsize = 3\n"
                    "\n# a share\nshare = 0.1\n"
                    "\n# a rate\nrate = 1e-07\n"
                    "\n# a seed\nseed = 7\n"
                    "\n# ---- Rest ----\n"
                    "\n# a switch\nfast = true\n"
                    "\n# a name\nname = \" a # b \"\n"
                    "\n# may be repeated\nset = x\nset = \"\"\n");
  const CommandLine again = with_config(text);
  CHECK(again.resolved_config() == text);
  CHECK(again.resolved_options() == line.resolved_options());
  CHECK(line.resolved_options() == ConfigRecord{{"file", "my file.tsv"},
                                                {"size", "3"},
                                                {"share", "0.1"},
                                                {"rate", "1e-07"},
                                                {"seed", "7"},
                                                {"fast", "true"},
                                                {"name", " a # b "},
                                                {"set", "x"},
                                                {"set", ""}});
  const std::string_view except[] = {"file", "seed", "fast", "name", "set"};
  CHECK(line.resolved_options(except) ==
        ConfigRecord{{"size", "3"}, {"share", "0.1"}, {"rate", "1e-07"}});
  CHECK(config_from_record(config_record_json(line.resolved_options())) ==
        "file = my file.tsv\nsize = 3\nshare = 0.1\nrate = 1e-07\nseed = 7\nfast = true\n"
        "name = \" a # b \"\nset = x\nset = \"\"\n");
}

TEST_CASE("what has no value stands as a comment") {
  const CommandLine line = with_config("", {"x"});
  CHECK(line.resolved_config().find("\n# a share\n# share =\n") != std::string::npos);
  CHECK(line.resolved_config().find("\n# may be repeated\n# set =\n") != std::string::npos);
  CHECK(line.resolved_config().find("\nname = \"\"\n") != std::string::npos);
}
