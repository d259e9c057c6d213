// Pruned recurrent weights while a model learns on.
#include "tests/train/fixture.hpp"

using namespace gemel;
using namespace gemel::train;
using namespace gemel::train::test;

namespace {

std::vector<float> values_of(const std::vector<float>& block, const nn::Towers& towers,
                             const char* name) {
  const ParameterInfo& info = towers.layout()[towers.layout().find(name)];
  return {block.begin() + info.offset, block.begin() + info.offset + info.size};
}

}  // namespace

TEST_CASE("recurrent blocks that are to stay zero do, the others learn") {
  for (const AverageKind kind : {AverageKind::none, AverageKind::ema}) {
    Setup setup;
    setup.model.towers[0].encoder.hidden_size = 32;
    setup.options.average.kind = kind;
    setup.options.weight_decay = 0.1f;
    const nn::Towers towers(setup.model, Precision::f32);
    const Outcome outcome = run(setup, 0.5);
    const auto before = values_of(outcome.start, towers, "lstm.0.backward.weight_iter"),
               after = values_of(outcome.values, towers, "lstm.0.backward.weight_iter");
    const std::vector<char> zero = nn::zero_blocks(before.data(), 32);
    CHECK(std::ranges::count(zero, 1) == 8);
    CHECK(nn::zero_blocks(after.data(), 32) == zero);
    std::int64_t moved = 0;
    for (std::size_t i = 0; i < after.size(); ++i) moved += after[i] != before[i];
    CHECK(moved == std::ssize(after) / 2);
  }
}

TEST_CASE("zeros that nobody asked to keep learn like other weights") {
  Setup setup;
  nn::Towers towers(setup.model, Precision::f32);
  ParameterBlock values(towers.layout());
  Random random(1);
  towers.initialise(values, random);
  nn::prune_blocks(values, 0.5);
  CHECK(nn::ZeroBlocks(values).count() == 2);
  train::train(towers, setup.options, {setup.data, setup.dev, setup.teacher}, values, setup.place,
               setup.hooks);
  CHECK(nn::ZeroBlocks(values).count() == 0);
}

TEST_CASE("a run over pruned weights that was interrupted ends as if it had not been") {
  TemporaryFolder folder;
  Setup whole, parts;
  const Outcome expected = run(whole, 0.5);
  parts.place.path = folder.path / "checkpoint";
  std::atomic<bool> stop = false;
  int steps = 0;
  parts.hooks.stop = &stop;
  parts.hooks.on_step = [&](const StepReport&) { stop = ++steps == 5; };
  CHECK_THROWS_AS(run(parts, 0.5), Interrupted);
  CHECK(run(parts, 0.5).values == expected.values);
}
