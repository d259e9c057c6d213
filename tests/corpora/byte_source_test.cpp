#include "corpora/byte_source.hpp"

#include <doctest.h>
#include <fcntl.h>
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

std::string gzip(const std::string& bytes) {
  std::istringstream source(bytes);  // outlives the chain that reads it
  boost::iostreams::filtering_istream in;
  in.push(boost::iostreams::gzip_compressor());
  in.push(source);
  std::ostringstream out;
  boost::iostreams::copy(in, out);
  return out.str();
}

std::string zstd(const std::string& bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

std::string read_all(const std::string& path, std::size_t block) {
  ByteSource source(path);
  std::vector<char> buffer(block);
  std::string bytes;
  while (const std::size_t n = source.read(buffer.data(), buffer.size()))
    bytes.append(buffer.data(), n);
  CHECK(source.read(buffer.data(), buffer.size()) == 0);
  return bytes;
}

std::string numbers() {
  std::string text;
  for (long i = 0; i < 30000; ++i) text += std::to_string(i * i) + "\n";
  return text;
}

}  // namespace

TEST_CASE("plain and compressed bytes come out alike") {
  const std::string long_text = numbers();
  for (const std::string& text : {std::string(), std::string("a"), std::string("abc"), long_text})
    for (const std::size_t block : {std::size_t{1} << 16, std::size_t{1000}}) {
      CHECK(read_all(TemporaryFile("x", text).path(), block) == text);
      CHECK(read_all(TemporaryFile("x", gzip(text)).path(), block) == text);
      CHECK(read_all(TemporaryFile("x", zstd(text)).path(), block) == text);
      CHECK(read_all(TemporaryFile("x", gzip(text) + gzip(text)).path(), block) == text + text);
      CHECK(read_all(TemporaryFile("x", zstd(text) + zstd(text)).path(), block) == text + text);
    }
}

TEST_CASE("damaged compressed bytes are never taken for a shorter text") {
  const std::string message =
      "FILE: the compressed data are damaged or cut short; copy the file again";
  for (const std::string& good : {gzip(numbers()), zstd(numbers())}) {
    for (const std::size_t size : {std::size_t{5}, good.size() / 2, good.size() - 1}) {
      const TemporaryFile file("x", good.substr(0, size));
      CHECK(error_of(file.path(), [&] { read_all(file.path(), 4096); }) == message);
    }
    const TemporaryFile file("x", good + "trailing");
    CHECK(error_of(file.path(), [&] { read_all(file.path(), 4096); }) == message);
  }
}

TEST_CASE("what cannot be read says why") {
  const std::string nowhere = "/nonexistent/file";
  CHECK(error_of(nowhere, [&] { ByteSource source(nowhere); }) ==
        "FILE: cannot be opened: No such file or directory; check the name and its permissions");
  const std::string folder = std::filesystem::temp_directory_path().string();
  CHECK(error_of(folder, [&] { read_all(folder, 100); }) == "FILE: cannot be read: Is a directory");
}

TEST_CASE("a minus is standard input") {
  const TemporaryFile file("x", "from a pipe\n");
  const int saved = dup(0);
  const int fd = open(file.path().c_str(), O_RDONLY);
  dup2(fd, 0);
  close(fd);
  CHECK(read_all("-", 100) == "from a pipe\n");
  CHECK(ByteSource("-").name() == "standard input");
  dup2(saved, 0);
  close(saved);
}
