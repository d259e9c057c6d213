// Runs that are cut off and go on: the same model, bit for bit, at every kind of place.
#include <fstream>

#include "core/file.hpp"
#include "tests/train/fixture.hpp"

using namespace gemel;
using namespace gemel::train;
using namespace gemel::train::test;

namespace {

// Everything that has a memory: mined negatives, averages, a margin that follows the distances, the
// calibration, a projection for the teacher, the head, two towers.
Setup everything() {
  Setup setup;
  setup.model = toy_towers();
  setup.model.head_size = 8;
  setup.model.head_dropout = 0.1f;
  setup.data = toy_data(150, 1, true);
  setup.dev.push_back({"dev", toy_data(80, 2, true)});
  TrainOptions& o = setup.options;
  o.loss.mix = loss_mix_from_text("bce,contrastive:0.5,in-batch:0.3,distillation,head");
  o.loss.margin = {loss::MarginKind::distribution, 0.1f, 1.5f, 1.1f};
  o.sampling.mined_negatives = 2;
  o.sampling.mining = loss::NegativeMiner::distance_weighted;
  o.augmentation.token_dropout = 0.1f;
  o.average.kind = AverageKind::ema;
  o.epochs = 4;
  setup.teacher.dimension = 3;
  for (std::int32_t row = 0; row < setup.data.text_count(); ++row) {
    setup.teacher.vector_of.push_back(row % 3 ? row : -1);
    for (int k = 0; k < 3; ++k)
      setup.teacher.vectors.push_back(static_cast<float>(std::sin(row + 2 * k)));
  }
  return setup;
}

// Runs until `steps` steps are done, is stopped there, and runs again to the end.
Outcome cut_off(Setup& setup, const std::string& path, const std::vector<int>& stops) {
  setup.place.path = path;
  for (const int steps : stops) {
    std::atomic<bool> stop{false};
    int done = 0;
    setup.hooks.stop = &stop;
    setup.hooks.on_step = [&](const StepReport&) { stop = ++done == steps; };
    CHECK_THROWS_AS(run(setup), Interrupted);
    CHECK(std::filesystem::exists(path));
  }
  setup.hooks.stop = nullptr;
  setup.hooks.on_step = {};
  Outcome outcome = run(setup);
  setup.place.path.clear();
  return outcome;
}

// The log without what a clock says.
std::vector<std::string> timeless(const std::vector<std::string>& log) {
  std::vector<std::string> lines;
  for (const std::string& line : log) {
    EpochReport r = EpochReport::from_json(line);
    r.seconds = r.texts_per_second = r.tokens_per_second = 0;
    const std::size_t clock = r.mining.find(",\"seconds\"");
    if (clock != std::string::npos) r.mining = r.mining.substr(0, clock) + "}";
    lines.push_back(r.json());
  }
  return lines;
}

void check_same(const Outcome& found, const Outcome& whole) {
  CHECK(found.values == whole.values);
  CHECK(found.result.best_epoch == whole.result.best_epoch);
  CHECK(found.result.best_metric == whole.result.best_metric);
  CHECK(found.result.pair_parameters.w == whole.result.pair_parameters.w);
  CHECK(found.result.pair_parameters.b == whole.result.pair_parameters.b);
  CHECK(timeless(found.result.log) == timeless(whole.result.log));
}

}  // namespace

TEST_CASE("a run with everything goes on exactly, from within an epoch or between two") {
  const TemporaryFolder folder;
  Setup setup = everything();
  const Outcome whole = run(setup);  // 5 steps an epoch
  CHECK(EpochReport::from_json(whole.result.log[2]).mining.find("\"negatives\":") !=
        std::string::npos);
  CHECK(EpochReport::from_json(whole.result.log[2]).margin > 0.1);
  int number = 0;
  for (const std::vector<int>& stops : {std::vector<int>{1}, {5}, {8}, {10}, {13}, {2, 6, 1, 9}}) {
    CAPTURE(stops.front());
    check_same(cut_off(setup, (folder.path / std::to_string(number++)).string(), stops), whole);
  }
}

TEST_CASE("the mean of the last epochs goes on exactly") {
  const TemporaryFolder folder;
  Setup setup;
  setup.data = toy_data(100, 1);
  setup.options.average = {AverageKind::last, 0.999f, 2};
  const Outcome whole = run(setup);
  check_same(cut_off(setup, (folder.path / "c").string(), {9}), whole);
}

TEST_CASE("a finished run that is repeated has nothing to do") {
  const TemporaryFolder folder;
  Setup setup = everything();
  const Outcome once = cut_off(setup, (folder.path / "c").string(), {});
  setup.place.path = (folder.path / "c").string();
  int steps = 0;
  std::vector<int> epochs;
  setup.hooks.on_step = [&](const StepReport&) { ++steps; };
  setup.hooks.on_epoch = [&](const EpochReport& r) { epochs.push_back(r.epoch); };
  check_same(run(setup), once);
  CHECK(steps == 0);
  CHECK(epochs == std::vector<int>{1, 2, 3, 4});  // replayed
}

TEST_CASE("a damaged or foreign checkpoint is refused") {
  const TemporaryFolder folder;
  Setup setup = everything();
  const std::string path = setup.place.path = (folder.path / "c").string();
  std::atomic<bool> stop{false};
  setup.hooks.stop = &stop;
  int done = 0;
  setup.hooks.on_step = [&](const StepReport&) { stop = ++done == 7; };  // after a round of mining
  CHECK_THROWS_AS(run(setup), Interrupted);
  setup.hooks.stop = nullptr;
  const std::string bytes = read_file(path);
  CHECK(bytes.substr(0, 8) == "gemelck2");
  const std::string refusal =
      path + ": is not a whole gemel checkpoint; delete it and train from the beginning";
  std::vector<std::string> damaged = {"",
                                      "hello",
                                      bytes.substr(0, bytes.size() - 1),
                                      bytes + "x",
                                      "gemelck1" + bytes.substr(8),
                                      bytes.substr(0, 40)};
  for (const std::size_t place :
       {std::size_t{9}, std::size_t{300}, bytes.size() / 2, bytes.size() - 20, bytes.size() - 3}) {
    damaged.push_back(bytes);
    damaged.back()[place] = static_cast<char>(damaged.back()[place] ^ 4);
  }
  for (const std::string& content : damaged) {
    std::ofstream(path, std::ios::binary) << content;
    CHECK(message_of([&] { run(setup); }) == refusal);
    CHECK(read_file(path) == content);  // left for the user to look at
  }
  std::ofstream(path, std::ios::binary) << bytes;
  setup.place.signature = "another";
  CHECK(message_of([&] { run(setup); }) ==
        path +
            ": belongs to a run with other options, data or tokenizer; repeat that run's command "
            "line, or delete the checkpoint to begin anew");
}
