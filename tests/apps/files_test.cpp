#include <doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gemel/error.hpp>
#include <iterator>

#include "apps/bundle_files.hpp"
#include "apps/output_places.hpp"
#include "apps/train_progress.hpp"
#include "tests/apps/parse.hpp"

using namespace gemel;
using namespace gemel::app;

namespace {

struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "gemel-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path / name) << text;
    return (path / name).string();
  }
};

}  // namespace

TEST_CASE("an output that is an input is refused, by whatever name or link") {
  const Folder folder;
  const std::string a = folder.file("a", "x"), b = folder.file("b", "x");
  const std::string link = (folder.path / "link").string();
  std::filesystem::create_symlink(a, link);
  const std::string twisted = (folder.path / "." / "a").string();
  for (const std::string& name : {a, link, twisted})
    CHECK(message_of<UsageError>([&] {
            check_no_replacement({"-", name}, {b, a});
          }) == "'" + name + "' would replace a file that is read");
  CHECK_NOTHROW(check_no_replacement({b, "", "-"}, {a, "", "-"}));
  CHECK_NOTHROW(check_no_replacement({(folder.path / "new").string()}, {a, "missing"}));
  CHECK_NOTHROW(check_no_replacement({"/dev/null"}, {"/dev/null"}));
}

TEST_CASE("the check for writable places leaves no trace") {
  const Folder folder;
  const std::string a = folder.file("a", "kept");
  check_writable({a, (folder.path / "new").string(), "", "/dev/null"});
  std::ifstream file(a);
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == "kept");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
  const std::string nowhere = (folder.path / "no" / "x").string();
  CHECK(message_of<Error>([&] { check_writable({nowhere}); }) ==
        nowhere + ": cannot be opened for writing: No such file or directory");
}

TEST_CASE("names, counts and clocks as people read them") {
  CHECK(base_name("a/b.tsv") == "b.tsv");
  CHECK(base_name("-") == "standard input");
  CHECK(shown_name("a/b.tsv") == "a/b.tsv");
  CHECK(shown_name("-") == "standard input");
  CHECK(counted(1, "text") == "1 text");
  CHECK(counted(0, "text") == "0 texts");
  CHECK(counted(2, "bad row") == "2 bad rows");
  CHECK(clock_text(0) == "00:00");
  CHECK(clock_text(65.4) == "01:05");
  CHECK(clock_text(3909) == "1:05:09");
}

TEST_CASE(
    "judging scores: binary labels give what dev metrics may name, graded ones correlations") {
  // Perfectly parted: every figure is 1.
  const auto binary = judge_scores({0.1f, 0.2f, 0.8f, 0.9f}, {0, 0, 1, 1});
  for (const char* name : {"accuracy", "f1", "average_precision", "roc_auc", "mcc"}) {
    CAPTURE(name);
    REQUIRE(binary.count(name) == 1);
    CHECK(binary.at(name) == doctest::Approx(1));
  }
  const auto graded = judge_scores({1, 2, 3}, {0.0f, 0.5f, 1.0f});
  CHECK(graded.at("pearson") == doctest::Approx(1));
  CHECK(graded.at("spearman") == doctest::Approx(1));
  CHECK(graded.count("accuracy") == 0);
}
