#include "apps/output/vector_writer.hpp"

#include <doctest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <gemel/error.hpp>
#include <limits>
#include <string>

#include "apps/output/vector_header.hpp"

using namespace gemel;
using namespace gemel::output;
using namespace std::string_literals;

namespace {

// 1.0f, -2.0f and 0.5f as IEEE 754 single precision, lowest byte first.
const std::string kOne = "\x00\x00\x80\x3f"s, kMinusTwo = "\x00\x00\x00\xc0"s,
                  kHalf = "\x00\x00\x00\x3f"s;

struct Folder {
  std::string path = (std::filesystem::temp_directory_path() / "gemel-XXXXXX").string();
  Folder() { REQUIRE(mkdtemp(path.data())); }
  ~Folder() { std::filesystem::remove_all(path); }
};

// The bytes of a file of rows written by `use`; the checksum that finish() told must be theirs.
std::string written(VectorFormat format, std::int64_t dimension,
                    const std::function<void(VectorWriter&)>& use, bool with_text = false) {
  const Folder folder;
  AtomicFile file(folder.path + "/vectors");
  VectorWriter writer(file, format, dimension, with_text);
  use(writer);
  const Hash128 checksum = writer.finish();
  file.commit();
  const std::string bytes = read_file(folder.path + "/vectors");
  CHECK(checksum == hash128(bytes));
  return bytes;
}

void two_rows(VectorWriter& writer) {
  const float first[] = {1.0f, -2.0f}, second[] = {0.5f, 1.0f};
  writer.row({"a", "one", first});
  writer.row({"b", "two", second});
  CHECK(writer.count() == 2);
}

void two_rows_together(VectorWriter& writer) {
  const float values[] = {1.0f, -2.0f, 0.5f, 1.0f};
  const std::span<const float> all(values);
  const VectorRow rows[] = {{"a", "one", all.first(2)}, {"b", "two", all.last(2)}};
  writer.rows({});
  writer.rows(rows);
  CHECK(writer.count() == 2);
}

std::string message(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("rows together are the same bytes as one at a time") {
  for (const VectorFormat format : {VectorFormat::npy, VectorFormat::fbin, VectorFormat::f32,
                                    VectorFormat::fvecs, VectorFormat::jsonl})
    CHECK(written(format, 2, two_rows_together) == written(format, 2, two_rows));
}

TEST_CASE("rows that were expected, and others, end in the same bytes and their checksum") {
  for (const std::int64_t expected : {0, 1, 2, 3}) {
    const Folder folder;
    AtomicFile file(folder.path + "/vectors");
    VectorWriter writer(file, VectorFormat::npy, 2, false, expected);
    two_rows(writer);
    const Hash128 checksum = writer.finish();
    file.commit();
    const std::string bytes = read_file(folder.path + "/vectors");
    CHECK(bytes == written(VectorFormat::npy, 2, two_rows));
    CHECK(checksum == hash128(bytes));
  }
}

TEST_CASE("npy is NumPy's format 1.0 with a header of 128 bytes") {
  const std::string header = "\x93NUMPY\x01\x00\x76\x00"s +
                             "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }" +
                             std::string(58, ' ') + "\n";
  REQUIRE(header.size() == 128);
  CHECK(written(VectorFormat::npy, 2, two_rows) == header + kOne + kMinusTwo + kHalf + kOne);
}

TEST_CASE("the npy header has the same size for the largest counts") {
  const std::string header =
      vector_header(VectorFormat::npy, std::numeric_limits<std::int64_t>::max(), 36864);
  CHECK(header.size() == 128);
  CHECK(header.find("(9223372036854775807, 36864), }") != std::string::npos);
  CHECK(header.back() == '\n');
}

TEST_CASE("fvecs repeats D before each row") {
  CHECK(written(VectorFormat::fvecs, 2, two_rows) ==
        "\2\0\0\0"s + kOne + kMinusTwo + "\2\0\0\0"s + kHalf + kOne);
}

TEST_CASE("fbin begins with n and D") {
  CHECK(written(VectorFormat::fbin, 2, two_rows) ==
        "\2\0\0\0\2\0\0\0"s + kOne + kMinusTwo + kHalf + kOne);
  CHECK(vector_header(VectorFormat::fbin, 0x01020304, 512) == "\x04\x03\x02\x01\x00\x02\x00\x00"s);
}

TEST_CASE("fbin cannot count beyond 32 bits") {
  CHECK(message([] { vector_header(VectorFormat::fbin, 4294967296, 2); }) ==
        "fbin: cannot count 4294967296 rows in 32 bits; choose the format npy or f32");
  CHECK(vector_header(VectorFormat::fbin, 4294967295, 2) == "\xff\xff\xff\xff\2\0\0\0"s);
}

TEST_CASE("f32 is the rows alone") {
  CHECK(written(VectorFormat::f32, 2, two_rows) == kOne + kMinusTwo + kHalf + kOne);
}

TEST_CASE("jsonl is an object a line") {
  CHECK(written(VectorFormat::jsonl, 2, two_rows) ==
        "{\"id\":\"a\",\"vector\":[1,-2]}\n{\"id\":\"b\",\"vector\":[0.5,1]}\n");
  CHECK(written(VectorFormat::jsonl, 2, two_rows, true) ==
        "{\"id\":\"a\",\"text\":\"one\",\"vector\":[1,-2]}\n"
        "{\"id\":\"b\",\"text\":\"two\",\"vector\":[0.5,1]}\n");
}

TEST_CASE("jsonl writes the shortest float, escapes text and knows no NaN") {
  const auto row = [](VectorWriter& writer) {
    const float values[] = {0.1f, 1e-20f, std::nanf(""), -INFINITY};
    writer.row({"\"\t", "a\nb\xff", values});
  };
  CHECK(written(VectorFormat::jsonl, 4, row, true) ==
        "{\"id\":\"\\\"\\t\",\"text\":\"a\\nb\xef\xbf\xbd\",\"vector\":[0.1,1e-20,null,null]}\n");
}

TEST_CASE("without rows there is a header and nothing else") {
  const auto nothing = [](VectorWriter&) {};
  CHECK(written(VectorFormat::npy, 7, nothing).find("'shape': (0, 7), }") == 51);
  CHECK(written(VectorFormat::fbin, 7, nothing) == "\0\0\0\0\7\0\0\0"s);
  CHECK(written(VectorFormat::f32, 7, nothing).empty());
}

TEST_CASE("a format with a count in its header is refused by devices") {
  AtomicFile null("/dev/null");
  CHECK(message([&] { VectorWriter(null, VectorFormat::npy, 2); }) ==
        "/dev/null: cannot take npy, whose header holds the number of rows, known only at the end; "
        "choose the format fvecs, f32 or jsonl, or write to a file");
  CHECK(message([&] { VectorWriter(null, VectorFormat::f32, 2); }).empty());
}

TEST_CASE("a full disk is an error that names the file") {
  AtomicFile full("/dev/full");
  VectorWriter writer(full, VectorFormat::fvecs, 2);
  two_rows(writer);
  CHECK(message([&] { writer.finish(); }) ==
        "/dev/full: cannot be written: No space left on device");
}

TEST_CASE("nothing stands under the name before commit, or without it") {
  const Folder folder;
  {
    AtomicFile file(folder.path + "/v.npy");
    VectorWriter writer(file, VectorFormat::npy, 2);
    two_rows(writer);
    writer.finish();
    CHECK_FALSE(std::filesystem::exists(folder.path + "/v.npy"));
  }
  CHECK(std::filesystem::is_empty(folder.path));
}

TEST_CASE("formats are told by name and by ending") {
  CHECK(vector_format_from_name("fbin") == VectorFormat::fbin);
  CHECK(name(VectorFormat::jsonl) == "jsonl");
  CHECK(message([] { vector_format_from_name("hdf5"); }) ==
        "vector format: 'hdf5' is not known; choose among npy, fvecs, fbin, f32, jsonl");
  CHECK(vector_format_of_path("a/b.v2.fvecs") == VectorFormat::fvecs);
  CHECK(message([] { vector_format_of_path("npy"); }) ==
        "npy: its ending tells no vector format; give --vector-format npy, fvecs, fbin, f32 or "
        "jsonl");
}
