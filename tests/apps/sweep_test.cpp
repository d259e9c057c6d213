#include <doctest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "apps/sweep_plan.hpp"
#include "apps/sweep_results.hpp"
#include "apps/sweep_table.hpp"
#include "core/file.hpp"
#include "tests/apps/parse.hpp"

using namespace gemel;
using namespace gemel::app;

namespace {

std::string listed(std::string_view text) {
  std::string result;
  for (const SweepRun& run : parse_sweep(text, "s.sweep")) {
    result += run.stem + " (" + run.changes + "):";
    for (const SweepEntry& e : run.entries) result += " " + e.name + "=" + e.value + "@" + e.where;
    result += "\n";
  }
  return result;
}

std::string sweep_error(std::string_view text) {
  return message_of<Error>([&] { parse_sweep(text, "s.sweep"); });
}

RunState done(std::string name, std::vector<std::pair<std::string, double>> metrics, int epochs,
              int best_epoch, double seconds) {
  RunState state;
  state.name = std::move(name);
  state.kind = RunState::Kind::done;
  state.figures = {std::move(metrics), epochs, best_epoch, seconds};
  return state;
}

RunState failed(std::string name, std::string reason) {
  RunState state;
  state.name = std::move(name);
  state.changes = "loss = x|y";
  state.kind = RunState::Kind::failed;
  state.reason = std::move(reason);
  return state;
}

RunState waiting(std::string name) {
  RunState state;
  state.name = std::move(name);
  return state;
}

std::string table(SweepFormat format, const std::vector<RunState>& states) {
  const std::string path = "sweep-test-" + std::to_string(getpid());
  AtomicFile file(path);
  write_sweep_table(file, format, merge_seeds(states));
  file.commit();
  const std::string text = read_file(path);
  std::filesystem::remove(path);
  return text;
}

// Two seeds of one run, one that failed, one still to come.
std::vector<RunState> sample() {
  return {done("a", {{"f1", 0.5}, {"x/ap", 0.25}}, 4, 1, 59),
          done("a", {{"f1", 0.7}, {"x/ap", 0.25}}, 5, 2, 62), failed("b", "s.sweep:3: no, b; yes"),
          waiting("c")};
}

}  // namespace

TEST_CASE("a run has the base's options, the section's in place of those of the same name") {
  CHECK(listed("epochs = 5\ntrain = x\ntrain = y\n[one]\n[two]\nepochs = 9\ntrain = \"z \"\n") ==
        "one (): epochs=5@s.sweep:1 train=x@s.sweep:2 train=y@s.sweep:3\n"
        "two (epochs = 9, train = \"z \"): epochs=9@s.sweep:6 train=z @s.sweep:7\n");
}

TEST_CASE("seeds repeat runs, and a section may have its own") {
  CHECK(listed("seeds = 1, 20\n[a]\nx = 1\n[b]\nseeds = 007\n") ==
        "a.seed1 (x = 1): x=1@s.sweep:3 seed=1@s.sweep:1\n"
        "a.seed20 (x = 1): x=1@s.sweep:3 seed=20@s.sweep:1\n"
        "b.seed7 (): seed=7@s.sweep:5\n");
  CHECK(listed("seed = 4\n[a]\n") == "a (): seed=4@s.sweep:1\n");
}

TEST_CASE("a base file lies below the lines of the sweep") {
  std::ofstream("sweep-base.conf") << "# base\nx = 1\ny = 1\nz = 1\n";
  CHECK(listed("base = sweep-base.conf\ny = 2\nz = 2\n[a]\nz = 3\n") ==
        "a (z = 3): x=1@sweep-base.conf:2 y=2@s.sweep:2 z=3@s.sweep:5\n");
  std::ofstream("sweep-base.conf") << "x = 1\noutput = m\n";
  CHECK(sweep_error("base = sweep-base.conf\n[a]\n") ==
        "sweep-base.conf:2: 'output' is chosen by the sweep for each run; leave it out; "
        "--directory says where the files of all runs go");
  std::filesystem::remove("sweep-base.conf");
  CHECK(sweep_error("base = sweep-base.conf\n[a]\n") ==
        "sweep-base.conf: cannot be opened: No such file or directory");
  CHECK(sweep_error("base = a\nbase = b\n[a]\n") ==
        "s.sweep:2: 'base' is given twice; give it once");
}

TEST_CASE("mistakes of a sweep are named with their line") {
  CHECK(sweep_error("epochs = 3\n") == "s.sweep: holds no runs; begin each with a line [NAME]");
  CHECK(sweep_error("[a]\n[b]\n[a]\n") ==
        "s.sweep:3: a run is named 'a' already; choose another name");
  CHECK(sweep_error("[a.seed1]\n[a]\nseeds = 1\n") ==
        "s.sweep:2: the files of another run are named 'a.seed1' already; choose another name");
  for (const std::string name : {"a/b", ".a", "-a", "a b"})
    CHECK(sweep_error("[" + name + "]\n") ==
          "s.sweep:1: '" + name + "' cannot name files; use letters, digits, '_', '-' and '.'");
  for (const std::string name : {"log", "checkpoint", "curves", "restart"})
    CHECK(sweep_error("[a]\n" + name + " = x\n") ==
          "s.sweep:2: '" + name +
              "' is chosen by the sweep for each run; leave it out; --directory says where the "
              "files of all runs go");
  for (const std::string list : {"1,,2", "x", "-1", "1.5", ","})
    CHECK(sweep_error("seeds = " + list + "\n[a]\n") ==
          "s.sweep:1: '" + list +
              "' is no list of seeds; write whole numbers with commas between, e.g. 1,2,3");
  CHECK(sweep_error("seeds = 1,2,01\n[a]\n") == "s.sweep:1: seed 1 is given twice; give it once");
  CHECK(sweep_error("[a]\nseeds = 1\nseeds = 2\n") ==
        "s.sweep:2: 'seeds' is given twice here; give it once");
  CHECK(sweep_error("seeds = 1\n[a]\nseed = 2\n") ==
        "s.sweep:3: 'seed' does not go with 'seeds'; leave one of them out");
}

TEST_CASE("a log tells the metrics of the best epoch") {
  const RunFigures f =
      figures_from_log(R"({"epoch":1,"seconds":1.5,"dev":{"f1":0.25},"best":true})"
                       "\n"
                       R"({"epoch":2,"seconds":2,"dev":{"f1":0.75,"set":{"ap":0.5}},"best":true})"
                       "\n"
                       R"({"epoch":3,"seconds":4,"dev":{"f1":0.5},"best":false})",
                       "log");
  CHECK(f.epochs == 3);
  CHECK(f.best_epoch == 2);
  CHECK(f.seconds == 7.5);
  CHECK(f.metrics == std::vector<std::pair<std::string, double>>{{"f1", 0.75}, {"set/ap", 0.5}});
  // Without dev pairs none is best, and the last one counts.
  const RunFigures plain = figures_from_log("{\"seconds\":1}\n{\"seconds\":2,\"dev\":{}}\n", "log");
  CHECK(plain.best_epoch == 2);
  CHECK(plain.metrics.empty());
  CHECK(message_of<Error>([] { figures_from_log("{}\nno\n", "log"); }) ==
        "log:2: is no JSON object; delete the file to train again");
  CHECK(message_of<Error>([] { figures_from_log("", "log"); }) ==
        "log: tells of no epoch; delete it to train again");
}

TEST_CASE("seeds are merged into mean and sample deviation") {
  const Spread three = spread_of({1, 2, 6});
  CHECK(three.mean == doctest::Approx(3));
  CHECK(three.deviation == doctest::Approx(std::sqrt(7.0)));  // (4 + 1 + 9) / 2
  CHECK(spread_of({5}).mean == 5);
  CHECK(std::isnan(spread_of({5}).deviation));
  CHECK(std::isnan(spread_of({}).mean));

  const auto rows = merge_seeds(sample());
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].state == "done");
  CHECK(rows[0].seconds == doctest::Approx(60.5));
  CHECK(rows[1].state == "failed: s.sweep:3: no, b; yes");
  CHECK(rows[2].state == "waiting");
  const auto half = merge_seeds({done("a", {}, 1, 1, 1), waiting("a"), failed("a", "why")});
  REQUIRE(half.size() == 1);
  CHECK(half[0].state == "1 of 3 done, failed: why");
  CHECK(merge_seeds({done("a", {}, 1, 1, 1), waiting("a")})[0].state == "1 of 2 done");
}

TEST_CASE("tables for people") {
  CHECK(table(SweepFormat::text, sample()) ==
        "run  changes     state                 f1             x/ap  best epoch   time\n"
        "a    –           done     0.6000 ± 0.1414  0.2500 ± 0.0000  1.5 of 4.5  01:01\n"
        "b    loss = x|y  failed                 –                –           –      –\n"
        "c    –           waiting                –                –           –      –\n");
  CHECK(table(SweepFormat::markdown, sample()) ==
        "| run | changes | state | f1 | x/ap | best epoch | time |\n"
        "|---|---|---|---:|---:|---:|---:|\n"
        "| a | – | done | 0.6000 ± 0.1414 | 0.2500 ± 0.0000 | 1.5 of 4.5 | 01:01 |\n"
        "| b | loss = x\\|y | failed | – | – | – | – |\n"
        "| c | – | waiting | – | – | – | – |\n");
}

TEST_CASE("tables for programs") {
  CHECK(table(SweepFormat::tsv, sample()) ==
        "run\tchanges\tstate\tdone\twanted\tf1\tf1_sd\tx/ap\tx/ap_sd\tbest_epoch\tepochs\tseconds\n"
        "a\t\tdone\t2\t2\t0.6\t0.141421\t0.25\t0\t1.5\t4.5\t60.5\n"
        "b\tloss = x|y\tfailed: s.sweep:3: no, b; yes\t0\t1\t\t\t\t\t\t\t\n"
        "c\t\twaiting\t0\t1\t\t\t\t\t\t\t\n");
  CHECK(table(SweepFormat::csv, {failed("b", "no, b")}) ==
        "run,changes,state,done,wanted,best_epoch,epochs,seconds\n"
        "b,loss = x|y,\"failed: no, b\",0,1,,,\n");
  CHECK(table(SweepFormat::jsonl, {done("a", {{"f1", 0.5}}, 2, 1, 3)}) ==
        R"({"run":"a","changes":"","state":"done","done":1,"wanted":1,"f1":0.5,"f1_sd":null,)"
        R"("best_epoch":1,"epochs":2,"seconds":3})"
        "\n");
  CHECK(message_of<Error>([] { sweep_format_from_name("xml"); }) ==
        "output format: 'xml' is not known; choose among text, markdown, tsv, csv, jsonl");
  CHECK(file_ending(sweep_format_from_name("markdown")) == "md");
}
