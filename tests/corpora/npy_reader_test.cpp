#include "corpora/npy_reader.hpp"

#include <doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "corpora/vector_ids.hpp"
#include "tests/corpora/npy_bytes.hpp"
#include "tests/corpora/temporary_file.hpp"

using namespace gemel;
using namespace gemel::testing;

namespace {

constexpr const char* kF4 = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";

std::vector<float> all_rows(const NpyReader& reader) {
  const auto width = static_cast<std::size_t>(reader.dimension());
  std::vector<float> values(static_cast<std::size_t>(reader.rows()) * width);
  for (std::int64_t row = reader.rows() - 1; row >= 0; --row)  // rows need no order
    reader.row(row, std::span(values).subspan(static_cast<std::size_t>(row) * width, width));
  return values;
}

std::string error_of_bytes(std::string_view bytes) {
  const TemporaryFile file("v.npy", bytes);
  return error_of(file.path(), [&] { all_rows(NpyReader(file.path())); });
}

}  // namespace

TEST_CASE("arrays of each type and version") {
  const std::vector<float> expected{1, -2.5f, 0, 0.25f, 1024, -0.125f};
  const auto f4 = bytes_of<float>({1, -2.5f, 0, 0.25f, 1024, -0.125f});
  const auto f8 = bytes_of<double>({1, -2.5, 0, 0.25, 1024, -0.125});
  // binary16 by hand: 1 = 0x3c00, -2.5 = 0xc100, 0.25 = 0x3400, 1024 = 0x6400, -0.125 = 0xb000
  const auto f2 = bytes_of<std::uint16_t>({0x3c00, 0xc100, 0, 0x3400, 0x6400, 0xb000});
  const std::string rest = ", 'fortran_order': False, 'shape': (2, 3), }";
  for (const int version : {1, 2, 3}) {
    CAPTURE(version);
    const std::tuple<std::string, std::string, std::string> files[] = {
        {"<f4", f4, "NPY, 2 rows of 3 f32"},
        {"<f8", f8, "NPY, 2 rows of 3 f64"},
        {"<f2", f2, "NPY, 2 rows of 3 f16"}};
    for (const auto& [type, data, description] : files) {
      const TemporaryFile file("v.npy",
                               npy_bytes("{'descr': '" + type + "'" + rest, data, version));
      const NpyReader reader(file.path());
      CHECK(reader.rows() == 2);
      CHECK(reader.dimension() == 3);
      CHECK(reader.path() == file.path());
      CHECK(reader.description() == description);
      CHECK(all_rows(reader) == expected);
    }
  }
}

TEST_CASE("a header's keys in another order, other quotes and spaces") {
  const auto data = bytes_of<float>({1, 2, 3, 4, 5, 6});
  for (const char* dictionary :
       {"{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<f4\"}",
        "{ 'fortran_order' : False , 'descr' : '<f4', 'shape' : ( 2 , 3, ) , }"}) {
    CAPTURE(dictionary);
    const TemporaryFile file("v.npy", npy_bytes(dictionary, data));
    CHECK(all_rows(NpyReader(file.path())) == std::vector<float>{1, 2, 3, 4, 5, 6});
  }
}

TEST_CASE("every finite binary16 is read exactly") {
  std::string data;
  std::vector<double> expected;
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const int exponent = static_cast<int>(bits >> 10 & 31);
    if (exponent == 31) continue;
    data += bytes_of<std::uint16_t>({static_cast<std::uint16_t>(bits)});
    double value = exponent == 0 ? 0 : 1;  // the value's bits, one by one
    for (int i = 0; i < 10; ++i) value += bits >> i & 1 ? std::pow(2, i - 10) : 0;
    value *= std::pow(2, exponent == 0 ? -14 : exponent - 15);
    expected.push_back(bits >> 15 ? -value : value);
  }
  const TemporaryFile file(
      "v.npy", npy_bytes("{'descr': '<f2', 'fortran_order': False, 'shape': (1, 63488), }", data));
  const std::vector<float> found = all_rows(NpyReader(file.path()));
  REQUIRE(found.size() == expected.size());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < found.size(); ++i) wrong += double{found[i]} != expected[i];
  CHECK(wrong == 0);
}

TEST_CASE("no rows; rows longer than a block of the reader") {
  const TemporaryFile none("v.npy", npy_f32("0, 7", {}));
  CHECK(NpyReader(none.path()).rows() == 0);
  CHECK(NpyReader(none.path()).dimension() == 7);
  std::string data;
  std::vector<float> expected;
  for (int i = 0; i < 10000; ++i) {
    data += bytes_of<double>({i * 0.5});
    expected.push_back(static_cast<float>(i) * 0.5f);
  }
  const TemporaryFile wide(
      "v.npy", npy_bytes("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 5000), }", data));
  CHECK(all_rows(NpyReader(wide.path())) == expected);
}

TEST_CASE("files that are no arrays of vectors, word for word") {
  const auto data = bytes_of<float>({1, 2, 3, 4, 5, 6});
  const std::string good = npy_bytes(kF4, data);
  const std::string again = "; copy or write the file again";
  const auto with = [&](const char* dictionary) { return npy_bytes(dictionary, data); };
  std::string version = good;
  version[6] = 4;
  std::string long_header = npy_bytes(kF4, data, 2);
  long_header[11] = 1;
  const std::pair<std::string, std::string> cases[] = {
      {"",
       "FILE: does not begin like a NumPy file; give a file that numpy.save or gemel embed "
       "wrote"},
      {"text\n",
       "FILE: does not begin like a NumPy file; give a file that numpy.save or gemel "
       "embed wrote"},
      {good.substr(0, 9), "FILE: ends inside its NumPy header" + again},
      {good.substr(0, 60), "FILE: ends inside its NumPy header" + again},
      {version, "FILE: has the NumPy format version 4.0; allowed is 1.0, 2.0 or 3.0"},
      {long_header, "FILE: has a NumPy header of 16777332 bytes; allowed is up to 1048576"},
      {good.substr(0, good.size() - 1),
       "FILE: holds 23 bytes of vectors, but 2 rows of 3 f32 take 24" + again},
      {good + "x", "FILE: holds 25 bytes of vectors, but 2 rows of 3 f32 take 24" + again},
      {with("{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776, 1048576), }"),
       "FILE: holds 24 bytes of vectors, but 1099511627776 rows of 1048576 f32 take "
       "4611686018427387904" +
           again},
      {with("{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776, 1048576), }"),
       "FILE: holds 24 bytes of vectors, but 1099511627776 rows of 1048576 f64 take more than "
       "9e18" +
           again},
      {with("{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627777, 1), }"),
       "FILE: has 1099511627777 rows; allowed is 0 to 1099511627776"},
      {with("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }"),
       "FILE: is in Fortran order; save numpy.ascontiguousarray of it"},
      {with("{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }"),
       "FILE: holds values of type '>f4'; save them as '<f4', '<f2' or '<f8', for example with "
       "astype('<f4')"},
      {with("{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }"),
       "FILE: holds values of type '<i4'; save them as '<f4', '<f2' or '<f8', for example with "
       "astype('<f4')"},
      {with("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (2, 3), }"),
       "FILE: holds records instead of numbers; save a plain array of '<f4', '<f2' or '<f8'"},
      {with("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }"),
       "FILE: holds an array of the shape (6,); save one of two dimensions: rows and values in a "
       "row"},
      {with("{'descr': '<f4', 'fortran_order': False, 'shape': (), }"),
       "FILE: holds an array of the shape (); save one of two dimensions: rows and values in a "
       "row"},
      {with("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }"),
       "FILE: holds an array of the shape (1, 2, 3); save one of two dimensions: rows and values "
       "in a row"},
      {with("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 0), }"),
       "FILE: has 0 values in a row; allowed is 1 to 1048576"},
      {with("{'descr': '<f4', 'fortran_order': False}"),
       "FILE, byte 64: the NumPy header cannot be read here" + again},
      {with("['<f4']"), "FILE, byte 10: the NumPy header cannot be read here" + again},
      {with("{'descr': '<f4', 'descr': '<f4'}"),
       "FILE, byte 35: the NumPy header cannot be read here" + again},
      {with("{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3)}"),
       "FILE, byte 44: the NumPy header cannot be read here" + again},
      {with("{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3)}"),
       "FILE, byte 61: the NumPy header cannot be read here" + again},
      {with("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)} x"),
       "FILE, byte 68: the NumPy header cannot be read here" + again},
  };
  for (const auto& c : cases) {
    CAPTURE(c.second);
    CHECK(error_of_bytes(c.first) == c.second);
  }
}

TEST_CASE("values that are not finite are refused with their place") {
  const float inf = std::numeric_limits<float>::infinity();
  CHECK(error_of_bytes(npy_f32("2, 2", {1, 2, std::nanf(""), 4})) ==
        "FILE: row 2, column 1 is nan; vectors must be finite numbers that f32 can hold");
  CHECK(error_of_bytes(npy_f32("1, 2", {1, -inf})) ==
        "FILE: row 1, column 2 is -inf; vectors must be finite numbers that f32 can hold");
  CHECK(error_of_bytes(npy_bytes("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }",
                                 bytes_of<double>({1e-300, 1e39}))) ==
        "FILE: row 1, column 2 is 1e+39; vectors must be finite numbers that f32 can hold");
  CHECK(error_of_bytes(npy_bytes("{'descr': '<f2', 'fortran_order': False, 'shape': (1, 2), }",
                                 bytes_of<std::uint16_t>({0x7bff, 0x7c00}))) ==
        "FILE: row 1, column 2 is inf; vectors must be finite numbers that f32 can hold");
}

TEST_CASE("no file, a folder, a file that shrinks") {
  const TemporaryFile file("v.npy", npy_f32("2, 2", {1, 2, 3, 4}));
  CHECK(error_of(file.path(), [&] { NpyReader(file.path() + "x"); }) ==
        "FILEx: cannot be opened: No such file or directory; check the name and its permissions");
  CHECK(error_of("/tmp", [] { NpyReader("/tmp"); }) ==
        "FILE: is not a regular file; vectors are read from a file on disk");
  const NpyReader reader(file.path());
  file.write(npy_f32("2, 2", {1, 2, 3}));
  std::vector<float> row(2);
  reader.row(0, row);
  CHECK(row == std::vector<float>{1, 2});
  CHECK(error_of(file.path(), [&] { reader.row(1, row); }) ==
        "FILE: was cut short while it was read; leave it alone till the end");
}

TEST_CASE("ids as they were written") {
  const TemporaryFile file("v.ids", "a\nb c\\t\\\\\\n\\r\n\xe4\xbd\xa0\r\n7");
  CHECK(read_ids(file.path()) == std::vector<std::string>{"a", "b c\t\\\n\r", "\xe4\xbd\xa0", "7"});
  const auto message = [](std::string_view bytes) {
    const TemporaryFile ids("v.ids", bytes);
    return error_of(ids.path(), [&] { read_ids(ids.path()); });
  };
  CHECK(message("a\n\nb\n") == "FILE:2: the id is empty; write one id a line");
  CHECK(message("a\nb\\x\n") ==
        "FILE:2:2: a backslash stands before something else than t, n, r or a backslash; write "
        "\\\\ for a backslash");
  CHECK(message("b\\") ==
        "FILE:1:2: a backslash stands before something else than t, n, r or a backslash; write "
        "\\\\ for a backslash");
  CHECK(message("a\xff\n") == "FILE:1:2: invalid UTF-8, byte 0xFF; write the file again");
}
