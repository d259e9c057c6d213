#include <doctest.h>

#include <random>
#include <type_traits>
#include <vector>

#include "corpora/npy_reader.hpp"
#include "corpora/token_vectors.hpp"
#include "corpora/triplet_reader.hpp"
#include "corpora/tuple_reader.hpp"
#include "tests/corpora/npy_bytes.hpp"
#include "tests/corpora/temporary_file.hpp"

using namespace gemel;
using namespace gemel::testing;

namespace {

/// Whether all rows can be read; otherwise an Error said why.
bool reads(const TemporaryFile& file) {
  try {
    const NpyReader reader(file.path());
    REQUIRE(reader.rows() * reader.dimension() <= 24);
    std::vector<float> row(static_cast<std::size_t>(reader.dimension()));
    for (std::int64_t i = 0; i < reader.rows(); ++i) reader.row(i, row);
    return true;
  } catch (const Error& error) {
    REQUIRE(std::string(error.what()).find(file.path()) == 0);
    return false;
  }
}

}  // namespace

TEST_CASE("a NumPy file cut anywhere or with a byte flipped is read or refused") {
  const auto data = bytes_of<float>({1, 2, 3, 4, 5, 6});
  for (const int version : {1, 2, 3}) {
    const std::string good =
        npy_bytes("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", data, version);
    const TemporaryFile file("v.npy", good);
    CHECK(reads(file));
    for (std::size_t size = 0; size < good.size(); ++size) {
      CAPTURE(size);
      file.write(good.substr(0, size));
      CHECK(!reads(file));
    }
    int read = 0;
    for (std::size_t at = 0; at < good.size(); ++at)
      for (int bit = 0; bit < 8; ++bit) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 1 << bit);
        file.write(bad);
        read += reads(file);
      }
    CHECK(read >= 6 * 23);                                // mantissas may change
    CHECK(read < static_cast<int>(8 * good.size()) / 2);  // of the header little may
  }
}

TEST_CASE("random bytes end in rows of the other readers, or in an Error") {
  const std::string tokens[] = {"2 2\n",
                                "a ",
                                "1 ",
                                "-0.5 ",
                                "1e9 ",
                                "nan ",
                                "\n",
                                "\t",
                                "\r\n",
                                "\xff",
                                "  ",
                                "anchor",
                                "\"positive\":",
                                ",",
                                "{",
                                "}",
                                "\"anchor\":\"a\"",
                                "label",
                                "\"",
                                "0"};
  std::mt19937 random(5);
  const TemporaryFile file("x", "");
  std::size_t rows = 0;
  const auto drain = [&](const auto& options, auto reader_type, auto row) {
    try {
      typename decltype(reader_type)::type reader(options);
      while (reader.next(row)) ++rows;
    } catch (const Error& error) {
      REQUIRE(std::string(error.what()).size() > 0);
    }
  };
  for (int round = 0; round < 300; ++round) {
    std::string bytes;
    for (unsigned i = random() % 40; i > 0; --i) bytes += tokens[random() % std::size(tokens)];
    file.write(bytes);
    InputOptions input;
    input.path = file.path();
    input.bad_rows = random() % 2 ? BadRowPolicy::skip : BadRowPolicy::fail;
    for (const FileFormat format : {FileFormat::tsv, FileFormat::csv, FileFormat::jsonl}) {
      input.format = format;
      drain(TripletOptions{input, {}, true}, std::type_identity<TripletReader>{}, TripletRow{});
      drain(TupleOptions{input, {{"anchor", ""}, {"positive", ""}}, "", LabelKind::graded, true},
            std::type_identity<TupleReader>{}, TupleRow{});
    }
    drain(TokenVectorOptions{file.path(), input.bad_rows}, std::type_identity<TokenVectorReader>{},
          TokenVectorRow{});
  }
  CHECK(rows > 100);
}
