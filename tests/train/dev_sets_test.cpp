// Several dev sets: names of metrics, early stopping by any of them, and the report of an epoch.
#include "tests/train/fixture.hpp"

using namespace gemel;
using namespace gemel::train;
using namespace gemel::train::test;

namespace {

// Sets are told apart by their size.
Setup three_sets(std::int64_t head = 0) {
  Setup setup;
  setup.data = toy_data(80, 1);
  setup.model.head_size = head;
  setup.options.loss.mix = loss_mix_from_text(head ? "bce,head" : "bce");
  int size = 10;
  for (const char* name : {"dev", "far", "graded"})
    setup.dev.push_back({name, toy_data(size += 10, 5)});
  setup.hooks.judge = [](const std::vector<float>& scores, const std::vector<float>&) {
    return Metrics{{"size", static_cast<double>(scores.size())}, {"accuracy", 0.5}};
  };
  return setup;
}

std::vector<std::string> keys(const Metrics& metrics) {
  std::vector<std::string> names;
  for (const auto& entry : metrics) names.push_back(entry.first);
  return names;
}

}  // namespace

TEST_CASE("the first set's metrics go by their own names, the others' by the set's") {
  Setup setup = three_sets();
  std::vector<Metrics> seen;
  setup.hooks.on_epoch = [&](const EpochReport& r) { seen.push_back(r.dev); };
  run(setup);
  REQUIRE(seen.size() == 3);
  CHECK(keys(seen[0]) == std::vector<std::string>{"accuracy", "far/accuracy", "far/size",
                                                  "graded/accuracy", "graded/size", "size"});
  CHECK(seen[0].at("size") == 20);
  CHECK(seen[0].at("far/size") == 30);
  CHECK(seen[0].at("graded/size") == 40);
}

TEST_CASE("a pair head has metrics of its own in every set") {
  Setup setup = three_sets(4);
  Metrics seen;
  setup.hooks.on_epoch = [&](const EpochReport& r) { seen = r.dev; };
  run(setup);
  CHECK(seen.size() == 12);
  CHECK(seen.contains("head_accuracy"));
  CHECK(seen.contains("far/head_size"));
}

TEST_CASE("early stopping and the best epoch follow the metric that is named") {
  for (const char* metric : {"accuracy", "far/accuracy", "graded/head_accuracy"}) {
    CAPTURE(metric);
    Setup setup = three_sets(4);
    setup.options.dev_metric = metric;
    setup.options.epochs = 6;
    setup.options.patience = 1;
    // In every epoch the judge is asked six times: three sets, distance then head. Each of them is
    // best at an epoch of its own.
    int call = 0;
    setup.hooks.judge = [&](const std::vector<float>&, const std::vector<float>&) {
      const int epoch = call / 6, which = call % 6;
      ++call;
      const int best = which == 0 ? 1 : which == 2 ? 2 : which == 5 ? 3 : 5;
      return Metrics{{"accuracy", 1 - 0.1 * std::abs(epoch - best)}};
    };
    const int wanted = std::string(metric) == "accuracy"       ? 2
                       : std::string(metric) == "far/accuracy" ? 3
                                                               : 4;
    const Outcome outcome = run(setup);
    CHECK(outcome.result.best_epoch == wanted);
    CHECK(outcome.result.epochs == wanted + 1);
    CHECK(outcome.result.best_metric == 1);
  }
}

TEST_CASE("a metric that nobody computes is named after the first epoch") {
  Setup setup = three_sets();
  setup.options.dev_metric = "far/f1";
  CHECK(
      message_of([&] { run(setup); }) ==
      "dev_metric: 'far/f1' cannot be computed on the dev pairs; choose another metric or another "
      "dev file");
}

TEST_CASE("an epoch's report goes through its line unchanged") {
  EpochReport r;
  r.epoch = 3;
  r.step = 1234;
  r.loss = 0.125;
  r.learning_rate = 1.0 / 3;
  r.seconds = 2.5;
  r.texts_per_second = 1e5;
  r.tokens_per_second = 1.25e6;
  r.pair_parameters = {7.5f, -2.25f};
  r.losses = {{"bce", 0.1}, {"in-batch", 0.025}};
  r.margin = 0.7;
  r.made = R"({"negatives":12,"score_quantiles":[0.5]})";
  r.mining = R"({"pairs":3,"score_quantiles":[0.0,0.1,0.2,0.3,0.4]})";
  r.dev = {{"accuracy", 0.75}, {"far/accuracy", 0.5}};
  r.best = true;
  const EpochReport back = EpochReport::from_json(r.json());
  CHECK(back.json() == r.json());
  CHECK(back.epoch == 3);
  CHECK(back.step == 1234);
  CHECK(back.learning_rate == 1.0 / 3);
  CHECK(back.pair_parameters.b == -2.25f);
  CHECK(back.losses == r.losses);
  CHECK(back.margin == 0.7);
  CHECK(back.made == r.made);
  CHECK(back.mining == r.mining);
  CHECK(back.dev == r.dev);
  CHECK(back.best);
  CHECK(r.json().find('\n') == std::string::npos);
  // What there is nothing of is left out.
  const std::string bare = EpochReport().json();
  for (const char* key : {"losses", "margin", "batch_negatives", "mining"})
    CHECK(bare.find(key) == std::string::npos);
  CHECK(EpochReport::from_json(bare).json() == bare);
}
