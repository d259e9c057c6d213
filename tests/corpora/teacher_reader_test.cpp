#include "corpora/teacher_reader.hpp"

#include <doctest.h>

#include <filesystem>
#include <vector>

#include "tests/corpora/npy_bytes.hpp"
#include "tests/corpora/temporary_file.hpp"

using namespace gemel;
using namespace gemel::testing;

namespace {

struct Taught {
  std::string text;
  std::vector<float> vector;
  std::int64_t row, line;
  bool operator==(const Taught&) const = default;
};

/// A teacher of three vectors, its texts and perhaps its ids.
struct Files {
  TemporaryFile vectors, texts;
  TeacherOptions options;

  Files(const std::string& texts_name, std::string_view texts_bytes, std::string_view ids = {})
      : vectors("v.npy", npy_f32("3, 2", {1, 2, 3, 4, 5, 6})), texts(texts_name, texts_bytes) {
    options.vectors = vectors.path();
    options.texts.input.path = texts.path();
    if (!ids.empty()) std::ofstream(vectors.path() + ".ids") << ids;
  }
  std::string message() const {
    std::string said = error_of(vectors.path(), [&] { read(); });
    for (std::size_t at; (at = said.find(texts.path())) != std::string::npos;)
      said.replace(at, texts.path().size(), "TEXTS");
    return said;
  }
  std::vector<Taught> read() const {
    TeacherReader reader(options);
    CHECK(reader.dimension() == 2);
    CHECK(reader.vectors() == 3);
    std::vector<Taught> rows;
    TeacherRow row;
    while (reader.next(row))
      rows.push_back({row.text, {row.vector.begin(), row.vector.end()}, row.row, row.line});
    CHECK(reader.count() == static_cast<std::int64_t>(rows.size()));
    return rows;
  }
};

}  // namespace

TEST_CASE("a teacher's vectors line by line") {
  const Files files("t.txt", "a\nb\nc\n");
  CHECK(!TeacherReader(files.options).by_id());
  CHECK(files.read() ==
        std::vector<Taught>{{"a", {1, 2}, 0, 1}, {"b", {3, 4}, 1, 2}, {"c", {5, 6}, 2, 3}});
}

TEST_CASE("a teacher's vectors by id, whatever the order of the texts and how many they are") {
  const Files files("t.tsv", "id\ttext\nz\tc\nx\ta\n", "x\ny\nz\n");
  CHECK(TeacherReader(files.options).by_id());
  CHECK(files.read() == std::vector<Taught>{{"c", {5, 6}, 2, 2}, {"a", {1, 2}, 0, 3}});
}

TEST_CASE("texts without ids go by their numbers, bad rows not counted, as embed numbers them") {
  Files files("t.txt", "a\nb\xff\nc\nd\n", "1\n2\n3\n");
  files.options.texts.input.bad_rows = BadRowPolicy::skip;
  CHECK(files.read() ==
        std::vector<Taught>{{"a", {1, 2}, 0, 1}, {"c", {3, 4}, 1, 3}, {"d", {5, 6}, 2, 4}});
  files.options.match = TeacherMatch::by_row;
  CHECK(files.read().size() == 3);
}

TEST_CASE("ids under a name of their own, and ids set aside") {
  Files files("t.tsv", "id\ttext\nz\tc\nx\ta\ny\tb\n");
  const TemporaryFile ids("other.ids", "y\nz\nx\n");
  files.options.ids = ids.path();
  CHECK(files.read() ==
        std::vector<Taught>{{"c", {3, 4}, 1, 2}, {"a", {5, 6}, 2, 3}, {"b", {1, 2}, 0, 4}});
  files.options.match = TeacherMatch::by_row;
  CHECK(files.read()[0] == Taught{"c", {1, 2}, 0, 2});
}

TEST_CASE("a teacher of the wrong length") {
  const std::string advice = "; give the texts that the vectors were made from, in the same order";
  CHECK(Files("t.txt", "a\nb\n").message() ==
        "FILE: has 3 vectors, but TEXTS has 2 texts" + advice);
  CHECK(Files("t.txt", "a\nb\nc\nd\ne\n").message() ==
        "FILE: has 3 vectors, but TEXTS has 5 texts" + advice);
  CHECK(Files("t.txt", "").message() == "FILE: has 3 vectors, but TEXTS has 0 texts" + advice);
  Files bad("t.txt", "a\n\xff\n");
  bad.options.texts.input.bad_rows = BadRowPolicy::skip;
  CHECK(bad.message() == "FILE: has 3 vectors, but TEXTS has 1 text besides 1 bad row" + advice);
  CHECK(Files("t.txt", "a\n", "x\ny\n").message() ==
        "FILE.ids: has 2 ids, but FILE has 3 vectors; give the ids that were written with the "
        "vectors");
}

TEST_CASE("ids that do not fit") {
  CHECK(Files("t.tsv", "id\ttext\nx\ta\nw\tb\n", "x\ny\nz\n").message() ==
        "TEXTS:3: the id 'w' is not in FILE.ids; give the texts that the vectors were made from, "
        "or match them by row");
  CHECK(Files("t.tsv", "id\ttext\nx\ta\n", "x\ny\nx\n").message() ==
        "FILE.ids:3: the id 'x' stands in line 1 too; make the ids distinct, or match the vectors "
        "by row");
  Files files("t.txt", "a\nb\nc\n");
  files.options.match = TeacherMatch::by_id;
  CHECK(files.message() ==
        "FILE.ids: cannot be opened: No such file or directory; check the name and its "
        "permissions");
}
