#include "core/file.hpp"

#include <doctest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <gemel/error.hpp>

using namespace gemel;

namespace {

struct Folder {
  std::string path = (std::filesystem::temp_directory_path() / "gemel-XXXXXX").string();
  Folder() { REQUIRE(mkdtemp(path.data())); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const char* name) const { return path + "/" + name; }
};

// Bytes that differ from place to place.
std::string bytes(std::size_t count) {
  std::string out(count, '\0');
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<char>(i * 2654435761u >> 24);
  return out;
}

void write_in_pieces(AtomicFile& file, std::string_view all, std::size_t piece) {
  for (std::size_t i = 0; i < all.size(); i += piece) file.write(all.substr(i, piece));
}

constexpr std::size_t kBlock = std::size_t{4} << 20;

}  // namespace

TEST_CASE("a large file holds what was written, whatever the pieces") {
  const Folder folder;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kBlock - 1, kBlock, kBlock + 1,
                                 2 * kBlock, 2 * kBlock + 12345})
    for (const std::size_t piece : {std::size_t{1000}, std::size_t{300000}, kBlock, 3 * kBlock}) {
      CAPTURE(size);
      CAPTURE(piece);
      const std::string all = bytes(size);
      AtomicFile file(folder.file("x"), AtomicFile::Size::large);
      write_in_pieces(file, all, piece);
      CHECK(file.size() == size);
      file.commit();
      CHECK(read_file(folder.file("x")) == all);
    }
}

TEST_CASE("bytes already written past the page cache can be changed, and more follow") {
  const Folder folder;
  std::string all = bytes(2 * kBlock + 77);
  AtomicFile file(folder.file("x"), AtomicFile::Size::large);
  file.write(all.substr(0, kBlock + 50));
  file.write_at(3, "header");
  CHECK(read_file(file.temporary()).size() == kBlock + 50);
  file.write(all.substr(kBlock + 50));
  file.commit();
  all.replace(3, 6, "header");
  CHECK(read_file(folder.file("x")) == all);
}

TEST_CASE("a large file that is not committed leaves nothing") {
  const Folder folder;
  {
    AtomicFile file(folder.file("x"), AtomicFile::Size::large);
    file.write(bytes(kBlock + 1));
  }
  CHECK(std::filesystem::is_empty(folder.path));
}

TEST_CASE("what is no file is written directly, a large one too") {
  AtomicFile null("/dev/null", AtomicFile::Size::large);
  null.write(bytes(kBlock + 1));
  null.commit();
  AtomicFile full("/dev/full", AtomicFile::Size::large);
  const auto write = [&] {
    full.write(bytes(kBlock + 1));
    full.commit();
  };
  CHECK_THROWS_WITH_AS(write(), "/dev/full: cannot be written: No space left on device", Error);
}
