// Runs from start to end: they learn, repeat themselves, stop early.
#include <map>

#include "tests/train/fixture.hpp"

using namespace gemel;
using namespace gemel::train;
using namespace gemel::train::test;

namespace {

Setup with_loss(const char* mix) {
  Setup setup;
  setup.data = toy_data(400, 1);
  setup.dev.push_back({"dev", toy_data(200, 2)});
  setup.options.epochs = 4;
  setup.options.loss.mix = loss_mix_from_text(mix);
  return setup;
}

}  // namespace

TEST_CASE("training learns: the loss falls and the classes part") {
  for (const char* mix : {"bce", "contrastive", "online-contrastive", "triplet", "in-batch"}) {
    CAPTURE(mix);
    Setup setup = with_loss(mix);
    const Outcome outcome = run(setup);
    CHECK(outcome.result.epochs == 4);
    CHECK(outcome.result.best_metric > 0.3);
    REQUIRE(outcome.result.log.size() == 4);
    CHECK(EpochReport::from_json(outcome.result.log[3]).loss <
          EpochReport::from_json(outcome.result.log[0]).loss);
  }
}

TEST_CASE("two towers learn, and so does a pair head") {
  Setup setup = with_loss("in-batch,head");
  setup.model = toy_towers();
  setup.model.head_size = 16;
  setup.data = toy_data(400, 1, true);
  setup.dev[0].data = toy_data(200, 2, true);
  setup.options.dev_metric = "head_accuracy";
  const Outcome outcome = run(setup);
  const EpochReport last = EpochReport::from_json(outcome.result.log.back());
  CHECK(last.dev.at("accuracy") > 0.3);
  CHECK(last.dev.at("head_accuracy") > 0.3);
  CHECK(last.losses.size() == 2);
  CHECK(last.losses.at("head") > 0);
  CHECK(last.losses.at("in-batch") > 0);
  CHECK(last.loss == doctest::Approx(last.losses.at("head") + last.losses.at("in-batch")));
}

TEST_CASE("a teacher's vectors are learned from, by their relations or projected") {
  for (const auto kind : {loss::DistillationKind::cosine, loss::DistillationKind::relation}) {
    Setup setup = with_loss("distillation");
    setup.options.loss.distillation = kind;
    // The teacher tells the six kinds of texts apart.
    setup.teacher.dimension = 6;
    for (std::int32_t row = 0; row < setup.data.text_count(); ++row) {
      setup.teacher.vector_of.push_back(row);
      const auto letter = setup.data.text(row)[0] - 'a';
      for (int k = 0; k < 6; ++k) setup.teacher.vectors.push_back(k == letter / 3 ? 1.0f : 0.0f);
    }
    CHECK(run(setup).result.best_metric > 0.3);
  }
}

TEST_CASE("a seed gives one model, whatever the threads; another seed gives another") {
  Setup setup;
  setup.options.epochs = 2;
  setup.options.loss.mix = loss_mix_from_text("bce,in-batch:0.5");
  setup.options.augmentation.token_dropout = 0.05f;
  setup.options.sampling.mined_negatives = 1;
  const Outcome two = run(setup);
  setup.options.threads = 1;
  CHECK(run(setup).values == two.values);
  setup.options.recompute = true;
  CHECK(run(setup).values == two.values);
  setup.options.seed = 2;
  CHECK(run(setup).values != two.values);
}

TEST_CASE("batches made of many chunks learn the same with states kept or not") {
  Setup setup;
  setup.options.batch_pairs = 200;
  setup.options.epochs = 1;
  setup.options.shards = 7;
  const Outcome kept = run(setup);
  setup.options.recompute = true;
  CHECK(run(setup).values == kept.values);
}

TEST_CASE("early stopping keeps the best epoch") {
  Setup setup;
  setup.options.epochs = 10;
  setup.options.patience = 2;
  setup.dev.push_back({"dev", toy_data(50, 2)});
  const double given[] = {0.5, 0.7, 0.6, 0.7, 0.9};
  std::size_t epoch = 0;
  setup.hooks.judge = [&](const auto&, const auto&) {
    return Metrics{{"accuracy", given[epoch++]}};
  };
  const Outcome outcome = run(setup);
  CHECK(outcome.result.epochs == 4);  // the equal 0.7 of epoch 4 is no improvement
  CHECK(outcome.result.best_epoch == 2);
  CHECK(outcome.result.best_metric == 0.7);
  // What it keeps is what a run that knows no better after its second epoch keeps.
  Setup other;
  other.options = setup.options;
  other.dev.push_back({"dev", toy_data(50, 2)});
  int judged = 0;
  other.hooks.judge = [&](const auto&, const auto&) {
    return Metrics{{"accuracy", ++judged <= 2 ? judged : 0}};
  };
  CHECK(run(other).values == outcome.values);
}

TEST_CASE("without dev sets the last epoch is kept") {
  Setup setup;
  const Outcome outcome = run(setup);
  CHECK(outcome.result.best_epoch == 0);
  CHECK(outcome.result.epochs == 3);
  CHECK(EpochReport::from_json(outcome.result.log[0]).dev.empty());
}

TEST_CASE("a loss or gradient that is no number ends the run, by name of the step") {
  for (const char* mix : {"bce", "contrastive", "online-contrastive", "triplet", "in-batch"}) {
    CAPTURE(mix);
    Setup setup = with_loss(mix);
    nn::Towers towers(setup.model, Precision::f32);
    ParameterBlock values(towers.layout());
    for (float& v : values.all()) v = NAN;
    const std::string message = message_of([&] {
      train::train(towers, setup.options, {setup.data, setup.dev, setup.teacher}, values,
                   setup.place, setup.hooks);
    });
    const std::string rest = " is not a finite number; lower --learning-rate or --clip-norm";
    const bool told =
        message == "step 1: the loss" + rest || message == "step 1: the gradient" + rest;
    CHECK_MESSAGE(told, message);
  }
}
