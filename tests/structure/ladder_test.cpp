#include "structure/ladder.hpp"

#include <doctest.h>

#include <fstream>
#include <set>

namespace fs = std::filesystem;
using gemel::structure::ladder;
using gemel::structure::Rung;
using gemel::structure::violations;
using Lines = std::vector<std::string>;

namespace {

/// A source tree in the build folder, made afresh for each test.
class Tree {
 public:
  explicit Tree(const char* name) : root_(fs::path(GEMEL_TREES) / name) {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  Tree& file(const std::string& name, const std::string& text) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
    return *this;
  }
  Lines violations() const { return gemel::structure::violations(root_); }

 private:
  fs::path root_;
};

}  // namespace

TEST_CASE("gemel's own sources keep to the ladder") {
  const Lines found = violations(GEMEL_SOURCES);
  for (const std::string& line : found) MESSAGE(line);
  CHECK(found.empty());
}

TEST_CASE("gemel's own sources are looked at") {
  CHECK(fs::exists(fs::path(GEMEL_SOURCES) / "lib/include/gemel/error.hpp"));
  CHECK(fs::exists(fs::path(GEMEL_SOURCES) / "apps"));
}

TEST_CASE("no rung rests on one above it") {
  std::set<std::string_view> seen{"errors"};
  for (const Rung& rung : ladder()) {
    for (std::string_view below : rung.below) {
      CAPTURE(rung.name);
      CAPTURE(below);
      CHECK(seen.count(below) == 1);
    }
    seen.insert(rung.name);
  }
}

TEST_CASE("arrows that point down pass") {
  Tree tree("good");
  tree.file("lib/include/gemel/a.hpp", "#include <cstdint>\n#include <gemel/error.hpp>\n")
      .file("lib/include/gemel/gemel.h", "#include <stddef.h>\n#include <stdint.h>\n")
      .file("lib/src/core/a.hpp", "#include <gemel/error.hpp>\n#include \"core/b.hpp\"\n")
      .file("lib/src/api/a.cpp", "#include <gemel/a.hpp>\n#include \"infer/a.hpp\"\n")
      .file("lib/src/dnn/a.cpp", "#include <dnnl.hpp>\n#include \"core/a.hpp\"\n")
      .file("tokenizer/a.cpp",
            "#include <sentencepiece_processor.h>\n"
            "#include <gemel/error.hpp>\n#include \"tokenizer/a.hpp\"\n")
      .file("apps/plot/a.cpp", "#include \"train/a.hpp\"\n#include \"apps/b.hpp\"\n")
      .file("lib/src/core/notes.txt", "#include \"train/a.hpp\"\n");
  CHECK(tree.violations() == Lines{});
}

TEST_CASE("an arrow that points up is named with file and line") {
  Tree tree("up");
  tree.file("lib/src/core/a.hpp", "#pragma once\n\n#include \"train/trainer.hpp\"\n")
      .file("lib/src/loss/a.cpp", "  #  include <nn/encoder.hpp>\n")
      .file("lib/src/search/a.cpp", "#include \"model/bundle.hpp\"\n")
      .file("tokenizer/a.cpp", "#include \"core/file.hpp\"\n");
  CHECK(tree.violations() ==
        Lines{"lib/src/core/a.hpp:3: core includes train/trainer.hpp, which points up the ladder",
              "lib/src/loss/a.cpp:1: loss includes nn/encoder.hpp, which points up the ladder",
              "lib/src/search/a.cpp:1: search includes model/bundle.hpp, which points up the "
              "ladder",
              "tokenizer/a.cpp:1: tokenizer includes core/file.hpp, which points up the ladder"});
}

TEST_CASE("a folder below the public interface knows the errors and no other public header") {
  Tree tree("errors");
  tree.file("corpora/a.hpp", "#include <gemel/error.hpp>\n#include <gemel/model.hpp>\n");
  CHECK(tree.violations() ==
        Lines{"corpora/a.hpp:2: corpora includes gemel/model.hpp, which points up the ladder"});
}

TEST_CASE("an include that starts at no folder of the ladder is refused") {
  Tree tree("rootless");
  tree.file("lib/src/core/a.cpp", "#include \"b.hpp\"\n#include \"../dnn/c.hpp\"\n");
  CHECK(tree.violations() ==
        Lines{"lib/src/core/a.cpp:1: core includes b.hpp, which names no folder of the ladder",
              "lib/src/core/a.cpp:2: core includes ../dnn/c.hpp, which names no folder of the "
              "ladder"});
}

TEST_CASE("third-party headers stay in the folder that hides them") {
  Tree tree("hidden");
  tree.file("apps/a.cpp", "#include <sentencepiece_trainer.h>\n")
      .file("lib/src/model/a.cpp", "#include <boost/program_options.hpp>\n")
      .file("lib/src/nn/a.cpp", "#include <dnnl.hpp>\n#include <oneapi/dnnl/dnnl.hpp>\n")
      .file("lib/src/train/a.cpp", "#include <csv.h>\n");
  CHECK(tree.violations() ==
        Lines{"apps/a.cpp:1: apps includes sentencepiece_trainer.h, which only tokenizer may know",
              "lib/src/model/a.cpp:1: model includes boost/program_options.hpp, which only apps "
              "may know",
              "lib/src/nn/a.cpp:1: nn includes dnnl.hpp, which only dnn may know",
              "lib/src/nn/a.cpp:2: nn includes oneapi/dnnl/dnnl.hpp, which only dnn may know",
              "lib/src/train/a.cpp:1: train includes csv.h, which only corpora may know"});
}

TEST_CASE("a public header knows the standard library only") {
  Tree tree("public");
  tree.file("lib/include/gemel/a.hpp", "#include <nlohmann/json.hpp>\n#include \"core/a.hpp\"\n");
  CHECK(tree.violations() ==
        Lines{"lib/include/gemel/a.hpp:1: gemel includes nlohmann/json.hpp, but a public header "
              "knows the standard library only",
              "lib/include/gemel/a.hpp:2: gemel includes core/a.hpp, which points up the ladder"});
}

TEST_CASE("a folder that the ladder does not know is named") {
  Tree tree("unknown");
  tree.file("lib/src/corex/a.cpp", "int a;\n");
  CHECK(tree.violations() == Lines{"lib/src/corex/a.cpp:1: lies in no folder of the ladder"});
}

TEST_CASE("a file of 250 lines passes, one of 251 does not") {
  Tree tree("long");
  tree.file("lib/src/core/a.cpp", std::string(250, '\n'))
      .file("lib/src/core/b.cpp", std::string(251, '\n'));
  CHECK(tree.violations() == Lines{"lib/src/core/b.cpp:251: is longer than 250 lines"});
}
