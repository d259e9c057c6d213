#include "corpora/token_vectors.hpp"

#include <doctest.h>
#include <zstd.h>

#include <boost/iostreams/copy.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <sstream>
#include <vector>

#include "tests/corpora/temporary_file.hpp"

using namespace gemel;
using gemel::testing::error_of;
using gemel::testing::TemporaryFile;

namespace {

struct Token {
  std::string token;
  std::vector<float> vector;
  std::int64_t line;
  bool operator==(const Token&) const = default;
};

std::vector<Token> read(const TokenVectorOptions& options, BadRows* bad = nullptr) {
  TokenVectorReader reader(options);
  std::vector<Token> rows;
  TokenVectorRow row;
  while (reader.next(row)) {
    CHECK(static_cast<std::int64_t>(row.vector.size()) == reader.dimension());
    rows.push_back({row.token, {row.vector.begin(), row.vector.end()}, row.line});
  }
  CHECK(reader.count() == static_cast<std::int64_t>(rows.size()));
  if (bad) *bad = reader.bad_rows();
  return rows;
}

std::vector<Token> read_bytes(std::string_view bytes) {
  const TemporaryFile file("v.txt", bytes);
  return read({file.path()});
}

std::string message(std::string_view bytes) {
  const TemporaryFile file("v.txt", bytes);
  return error_of(file.path(), [&] { read({file.path()}); });
}

}  // namespace

TEST_CASE("token vectors with and without a first line of counts") {
  const std::vector<Token> headed{{"the", {1, -2.5f, 0.001f}, 2},
                                  {"\xe4\xbd\xa0", {0, 4, 5e-5f}, 3}};
  CHECK(read_bytes("2 3\nthe 1 -2.5 0.001\n\xe4\xbd\xa0 0 4 5e-05\n") == headed);
  CHECK(read_bytes("\xef\xbb\xbf"
                   "2 3 \r\nthe 1 -2.5 1e-3 \r\n\xe4\xbd\xa0\t0\t4\t5E-5\t\r\n\r\n") == headed);
  std::vector<Token> bare = headed;
  for (Token& token : bare) --token.line;
  CHECK(read_bytes("the 1 -2.5 0.001\n\xe4\xbd\xa0 0 4 5e-05") == bare);
}

TEST_CASE("numbers as tokens, tokens with spaces, a vector of one number") {
  CHECK(read_bytes("1 3 4\n2.5 5 6\n. . . 7 8\nat name@example.org 9 10\n") ==
        std::vector<Token>{{"1", {3, 4}, 1},
                           {"2.5", {5, 6}, 2},
                           {". . .", {7, 8}, 3},
                           {"at name@example.org", {9, 10}, 4}});
  CHECK(read_bytes("2 1\n7 8\n9 10\n") == std::vector<Token>{{"7", {8}, 2}, {"9", {10}, 3}});
  CHECK(read_bytes("0 5\n").empty());
  CHECK(read_bytes("a 1e-60\n") == std::vector<Token>{{"a", {0}, 1}});
}

TEST_CASE("token vectors from gzip and Zstandard") {
  const std::string plain = "1 2\na 0.5 -1\n";
  std::istringstream source(plain);
  boost::iostreams::filtering_istream in;
  in.push(boost::iostreams::gzip_compressor());
  in.push(source);
  std::ostringstream gzip;
  boost::iostreams::copy(in, gzip);
  std::string zstd(ZSTD_compressBound(plain.size()), '\0');
  zstd.resize(ZSTD_compress(zstd.data(), zstd.size(), plain.data(), plain.size(), 3));
  for (const std::string& bytes : {gzip.str(), zstd})
    CHECK(read_bytes(bytes) == std::vector<Token>{{"a", {0.5f, -1}, 2}});
}

TEST_CASE("bad rows of token vectors, word for word") {
  const std::string correct = "; correct the row, or skip bad rows";
  const std::pair<std::string, std::string> cases[] = {
      {"a 1 2\nb 3\n", "FILE:2: the row has 2 fields, but a token and 2 numbers are wanted"},
      {"a 1 2\nb\n", "FILE:2: the row has 1 field, but a token and 2 numbers are wanted"},
      {"a 1 2\n 3 4\n", "FILE:2: the row has 2 fields, but a token and 2 numbers are wanted"},
      {"a 1 2\nb 3 4 5\n", "FILE:2: the row has 4 fields, but a token and 2 numbers are wanted"},
      {"2 1\na 1\nb\n", "FILE:3: the row has 1 field, but a token and 1 number is wanted"},
      {"a 1 2\nb 3 x4\n", "FILE:2:5: 'x4' is not a number"},
      {"a 1 2\nb  0,5 4\n", "FILE:2:4: '0,5' is not a number"},
      {"a 1 2\nb nan 4\n", "FILE:2:3: 'nan' is not a finite number that f32 can hold"},
      {"a 1 2\nb 4 -1e39\n", "FILE:2:5: '-1e39' is not a finite number that f32 can hold"},
      {"a 1 2\nb 4 1e999\n", "FILE:2:5: '1e999' is not a finite number that f32 can hold"},
      {"a 1 2\nb\xff 3 4\n", "FILE:2:2: invalid UTF-8, byte 0xFF"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.first);
    CHECK(message(c.first) == c.second + correct);
    const TemporaryFile file("v.txt", c.first);
    BadRows bad;
    read({file.path(), BadRowPolicy::skip}, &bad);
    CHECK(bad.count == 1);
  }
  const TemporaryFile file("v.txt", "3 1\na 1\nb x\nc 2\n");
  BadRows bad;
  CHECK(read({file.path(), BadRowPolicy::skip}, &bad) ==
        std::vector<Token>{{"a", {1}, 2}, {"c", {2}, 4}});
  CHECK(bad.summary() == "1 bad row: 1 with a wrong vector");
}

TEST_CASE("files that hold no token vectors") {
  const std::string format = "; give a file in the text format of word2vec, fastText or GloVe";
  CHECK(message("") == "FILE: holds no token vectors" + format);
  CHECK(message("\n \n") == "FILE: holds no token vectors" + format);
  CHECK(message("word\n") == "FILE:1: vectors of 0 numbers; allowed is 1 to 1048576");
  CHECK(message("5 0\n") == "FILE:1: vectors of 0 numbers; allowed is 1 to 1048576");
  CHECK(message("5 1048577\n") == "FILE:1: vectors of 1048577 numbers; allowed is 1 to 1048576");
  CHECK(message("3 1\na 1\nb 2\n") ==
        "FILE: announces 3 rows, but holds 2; copy the file again, or correct its first line");
  CHECK(message("1 1\na 1\nb 2\n") ==
        "FILE: announces 1 row, but holds 2; copy the file again, or correct its first line");
  CHECK(error_of("-", [] { read({""}); }) ==
        "path: is empty; name a file, or FILE for standard input");
  const TemporaryFile file("v.txt", "a 1 2 3\n");
  CHECK(error_of(file.path(),
                 [&] {
                   read({file.path(), BadRowPolicy::fail, 4});
                 }) ==
        "FILE:1: the line is longer than 4 bytes; check that this is a text file, or raise the "
        "limit");
}
