#include "apps/plot/pictures.hpp"

#include <doctest.h>

#include <cstdlib>
#include <filesystem>
#include <gemel/error.hpp>
#include <limits>
#include <string>

#include "apps/plot/gnuplot.hpp"
#include "apps/plot/plot.hpp"
#include "core/file.hpp"

using namespace gemel;
using namespace gemel::plot;
namespace fs = std::filesystem;

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// A folder of its own that goes with the test.
struct Folder {
  fs::path path;
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "gemel-plot-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path); }
  std::string file(const char* name) const { return (path / name).string(); }
};

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool is_svg(const std::string& text) {
  return holds(text, "<svg") && text.ends_with("</svg>\n\n");
}

evaluation::EvaluationInput pairs() {
  evaluation::EvaluationInput input;
  for (int i = 0; i < 60; ++i)
    input.model.push_back({static_cast<float>(i % 20) / 20, i % 20 + i % 3 > 10 ? 1.0f : 0.0f});
  input.baseline = input.model;
  return input;
}

}  // namespace

TEST_CASE("training curves: axes, both curves and the best epoch") {
  const Folder folder;
  const std::string path = folder.file("curves.svg");
  draw_training(path, "a run", {{1, .6, .55, .71}, {2, .5, .5, .78}, {3, .4, .52, .77}},
                "dev accuracy");
  const std::string svg = read_file(path);
  CHECK(is_svg(svg));
  for (const char* text : {"a run", "dev accuracy", "epoch", "training", "best: 0.78, epoch 2"})
    CHECK(holds(svg, text));
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("precision-recall and reliability in one picture") {
  const Folder folder;
  const std::string path = folder.file("evaluation.svg");
  draw_evaluation(path, "dev", evaluation::evaluate(pairs()));
  const std::string svg = read_file(path);
  CHECK(is_svg(svg));
  for (const char* text : {"recall", "precision", "probability said", "TF-IDF (AP", "perfect"})
    CHECK(holds(svg, text));
}

TEST_CASE("little or nothing to draw is drawn all the same") {
  const Folder folder;
  draw_training(folder.file("one.svg"), "", {{1, .6, kNone, .7}}, "dev F1");
  CHECK(is_svg(read_file(folder.file("one.svg"))));
  draw_training(folder.file("none.svg"), "", {}, "dev F1");
  CHECK(is_svg(read_file(folder.file("none.svg"))));
  draw_training(folder.file("gap.svg"), "", {{1, .6, kNone, kNone}, {2, kNone, kNone, .5}}, "F1");
  CHECK(is_svg(read_file(folder.file("gap.svg"))));
  evaluation::EvaluationInput negatives;
  negatives.model = {{.5f, 0}, {.4f, 0}};
  draw_evaluation(folder.file("negatives.svg"), "", evaluation::evaluate(negatives));
  CHECK(is_svg(read_file(folder.file("negatives.svg"))));
}

TEST_CASE("text is text: quotes, backquotes, newlines and markup run nothing") {
  const Folder folder;
  const std::string witness = folder.file("witness");
  const std::string evil =
      "it's `touch " + witness + "`\n!touch " + witness + "\nEND_OF_DATA\n\" a_b^{c} <&> \\ 电池";
  draw_svg(folder.file("evil.svg"), evil,
           {{evil,
             {evil, {}, {}, {}},
             {evil, {}, {}, {}},
             "top right",
             {{evil, Style::line, 0, {{0, 1}, {1, 2}}}}}});
  const std::string svg = read_file(folder.file("evil.svg"));
  CHECK(is_svg(svg));
  CHECK(holds(svg, "it's `touch"));
  CHECK(holds(svg, "a_b^{c} &lt;&amp;"));
  CHECK(holds(svg, " \\ 电池"));
  CHECK_FALSE(fs::exists(witness));
  draw_svg(folder.file("bytes.svg"), "not\xffutf", {});
  CHECK(holds(read_file(folder.file("bytes.svg")), "not\uFFFDutf"));
}

TEST_CASE("scripts and pictures larger than a pipe's buffer pass") {
  const Folder folder;
  Series series{"many", Style::line_with_points, 0, {}};
  for (int i = 0; i < 60000; ++i) series.points.push_back({double(i), double(i * 7919 % 1000)});
  draw_svg(folder.file("many.svg"), "", {{"", {}, {}, "top right", {series}}});
  CHECK(read_file(folder.file("many.svg")).size() > 1000000);
}

TEST_CASE("gnuplot's complaint is passed on, and no file is left") {
  const Folder folder;
  // Which line gnuplot names differs between its versions.
  CHECK_THROWS_WITH(run_gnuplot("set terminal svg\nplot nonsense\n", "x.svg"),
                    doctest::Contains("gnuplot: failed to draw x.svg: line "));
  CHECK_THROWS_WITH(run_gnuplot("set terminal svg\nplot nonsense\n", "x.svg"),
                    doctest::Contains("undefined variable: nonsense"));
  // A long script whose first line ends gnuplot: the rest is written to nobody.
  CHECK_THROWS_WITH(run_gnuplot("exit status 3\n" + std::string(4000000, '\n'), "x.svg"),
                    "gnuplot: failed to draw x.svg: it says nothing");
  CHECK_THROWS_WITH(draw_svg(folder.file("missing/x.svg"), "", {}),
                    doctest::Contains("missing/x.svg"));
  evaluation::EvaluationInput graded = pairs();
  graded.model[0].label = 3.5f;
  CHECK_THROWS_WITH(
      draw_evaluation("g.svg", "", evaluation::evaluate(graded)),
      "g.svg: graded labels have no precision and recall to draw; give pairs labelled "
      "0 and 1");
  CHECK(fs::is_empty(folder.path));
}

TEST_CASE("without gnuplot the message says what to install, and no file is left") {
  const Folder folder;
  const std::string kept = std::getenv("PATH"), path = folder.file("curves.svg");
  setenv("PATH", folder.path.c_str(), 1);
  CHECK_THROWS_WITH(draw_training(path, "", {{1, .6, kNone, .7}}, "dev F1"),
                    ("gnuplot: is not installed; install gnuplot-nox to draw " + path).c_str());
  setenv("PATH", kept.c_str(), 1);
  CHECK(fs::is_empty(folder.path));
}
