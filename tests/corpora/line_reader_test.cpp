#include "corpora/line_reader.hpp"

#include <doctest.h>

#include <string>
#include <vector>

#include "tests/corpora/temporary_file.hpp"

using namespace gemel;
using gemel::testing::error_of;
using gemel::testing::TemporaryFile;
using Lines = std::vector<std::string>;

namespace {

Lines read(const std::string& path, std::size_t max_bytes = 1 << 20) {
  LineReader reader(path, max_bytes);
  Lines lines;
  std::string_view line;
  while (reader.next(line)) {
    lines.emplace_back(line);
    CHECK(reader.line() == static_cast<std::int64_t>(lines.size()));
  }
  CHECK(!reader.next(line));
  return lines;
}

}  // namespace

TEST_CASE("lines of small files") {
  const std::pair<std::string, Lines> rows[] = {
      {"", {}},
      {"\n", {""}},
      {"a", {"a"}},
      {"a\n", {"a"}},
      {"a\n\nb", {"a", "", "b"}},
      {"a\r\nb\r\n", {"a\r", "b\r"}},
      {"\xef\xbb\xbf"
       "a\n",
       {"a"}},
      {"\xef\xbb\xbf", {}},
      {"\xef\xbb", {"\xef\xbb"}},
      {"a\n\xef\xbb\xbf"
       "b",
       {"a",
        "\xef\xbb\xbf"
        "b"}},
  };
  for (const auto& [bytes, lines] : rows) CHECK(read(TemporaryFile("x", bytes).path()) == lines);
  CHECK(without_return("a\r") == "a");
  CHECK(without_return("a\rb") == "a\rb");
}

TEST_CASE("lines of every length around the block size") {
  Lines lines;
  std::string bytes;
  for (const std::size_t size : {65535u, 65536u, 1u, 131071u, 131072u, 131073u, 0u, 300000u, 7u}) {
    lines.emplace_back(size, static_cast<char>('a' + size % 26));
    bytes += lines.back() + "\n";
  }
  CHECK(read(TemporaryFile("x", bytes).path()) == lines);
}

TEST_CASE("a 10 MB line, and the longest line allowed") {
  const std::string big(10000000, 'x');
  const TemporaryFile file("x", "a\n" + big + "\nb\n");
  CHECK(read(file.path(), big.size()) == Lines{"a", big, "b"});
  CHECK(error_of(file.path(), [&] { read(file.path(), big.size() - 1); }) ==
        "FILE:2: the line is longer than 9999999 bytes; check that this is a text file, or raise "
        "the limit");
  const TemporaryFile endless("x", big);
  CHECK(error_of(endless.path(), [&] { read(endless.path(), 1000); }) ==
        "FILE:1: the line is longer than 1000 bytes; check that this is a text file, or raise the "
        "limit");
}

TEST_CASE("UTF-16 is refused") {
  for (const std::string& bytes : {std::string("\xff\xfe"
                                               "a\0",
                                               4),
                                   std::string("\xfe\xff\0a", 4)}) {
    const TemporaryFile file("x", bytes);
    CHECK(error_of(file.path(), [&] { read(file.path()); }) ==
          "FILE: is UTF-16; convert it to UTF-8, for example with iconv");
  }
}
