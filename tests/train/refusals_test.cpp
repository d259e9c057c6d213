// Everything that is refused before training, word for word.
#include "tests/train/fixture.hpp"

using namespace gemel;
using namespace gemel::train;
using namespace gemel::train::test;

namespace {

struct Refused {
  void (*change)(TrainOptions&);
  const char* message;
};

void mix(TrainOptions& o, const char* text) {
  o.loss.mix = loss_mix_from_text(text);
}

Dataset of_labels(std::initializer_list<float> labels) {
  Dataset data;
  int n = 0;
  for (const float label : labels) {
    const std::string text(static_cast<std::size_t>(++n), 'a');
    data.add(text, text + "b", label);
  }
  data.tokenise(letters, 32, 1);
  return data;
}

std::string refusal(const Setup& setup) {
  return message_of([&] {
    check_run(setup.model, setup.options, {setup.data, setup.dev, setup.teacher});
  });
}

}  // namespace

TEST_CASE("options out of range: name, value and range") {
  const Refused table[] = {
      {[](TrainOptions& o) { o.epochs = 0; }, "epochs: is 0; allowed is 1 to 10000"},
      {[](TrainOptions& o) { o.batch_pairs = 70'000; },
       "batch_pairs: is 70000; allowed is 1 to 65536"},
      {[](TrainOptions& o) { o.learning_rate = -1; },
       "learning_rate: is -1; allowed is 1e-09 to 10"},
      {[](TrainOptions& o) { o.weight_decay = 2; }, "weight_decay: is 2; allowed is 0 to 1"},
      {[](TrainOptions& o) { o.clip_norm = -1; }, "clip_norm: is -1; allowed is 0 to 1e+09"},
      {[](TrainOptions& o) { o.warmup = 2; }, "warmup: is 2; allowed is 0 to 1"},
      {[](TrainOptions& o) { o.warmup = NAN; }, "warmup: is nan; allowed is 0 to 1"},
      {[](TrainOptions& o) { o.adam_beta1 = 1; }, "adam_beta1: is 1; allowed is 0 to 0.9999"},
      {[](TrainOptions& o) { o.adam_beta2 = 1; }, "adam_beta2: is 1; allowed is 0 to 0.999999"},
      {[](TrainOptions& o) { o.patience = -1; }, "patience: is -1; allowed is 0 to 10000"},
      {[](TrainOptions& o) { o.max_tokens = 0; }, "max_tokens: is 0; allowed is 1 to 4096"},
      {[](TrainOptions& o) { o.shards = 0; }, "shards: is 0; allowed is 1 to 1024"},
      {[](TrainOptions& o) { o.threads = -1; }, "threads: is -1; allowed is 0 to 1024"},
      {[](TrainOptions& o) { o.augmentation.token_dropout = 1; },
       "token_dropout: is 1; allowed is 0 to 0.9"},
      {[](TrainOptions& o) { o.average.decay = 1; },
       "average_decay: is 1; allowed is 0.5 to 0.999999"},
      {[](TrainOptions& o) { o.average.last = 1; }, "average_last: is 1; allowed is 2 to 16"},
      {[](TrainOptions& o) {
         o.rate_factors = {{"lstm", -1}};
       },
       "learning_rate of lstm: is -1; allowed is 0 to 1000"},
      {[](TrainOptions& o) { o.loss.mix.clear(); }, "loss: is 0; allowed is 1 to 9"},
      {[](TrainOptions& o) { mix(o, "bce:2000"); },
       "loss, weight of bce: is 2000; allowed is 1e-06 to 1000"},
      {[](TrainOptions& o) { mix(o, "bce,head,bce"); },
       "loss: 'bce' is named twice; name it once, with one weight"},
      {[](TrainOptions& o) { o.loss.start.w = 0; }, "start_w: is 0; allowed is 1e-06 to 1e+06"},
      {[](TrainOptions& o) { o.loss.positive_weight = 0; },
       "positive_weight: is 0; allowed is 0.001 to 1000"},
      {[](TrainOptions& o) { o.loss.soft_weight = -1; },
       "soft_weight: is -1; allowed is 0.001 to 1000"},
      {[](TrainOptions& o) { o.loss.temperature = 0; },
       "temperature: is 0; allowed is 0.001 to 100"},
      {[](TrainOptions& o) { o.loss.margin.start = -1; }, "margin: is -1; allowed is 0 to 1e+06"},
      {[](TrainOptions& o) { mix(o, "contrastive"), o.loss.margin.start = 2.5f; },
       "margin: is 2.5; allowed is 0.001 to 2"},
      {[](TrainOptions& o) {
         mix(o, "triplet"), o.loss.margin = {loss::MarginKind::linear, 0.5f, 3.0f, 1.0f};
       },
       "margin end: is 3; allowed is 0.001 to 2"},
      {[](TrainOptions& o) {
         mix(o, "contrastive"), o.loss.margin = {loss::MarginKind::distribution, 0.5f, 0.25f, 1};
       },
       "margin end: is 0.25; allowed is 0.5 to 2"},
      {[](TrainOptions& o) {
         mix(o, "contrastive"), o.loss.margin = {loss::MarginKind::distribution, 0.5f, 1, 20};
       },
       "margin scale: is 20; allowed is 0.1 to 10"},
      {[](TrainOptions& o) { o.sampling.batch_negatives = 300; },
       "batch_negatives: is 300; allowed is 0 to 256"},
      {[](TrainOptions& o) { o.sampling.negative_weight = -1; },
       "negative_weight: is -1; allowed is 0 to 1000"},
      {[](TrainOptions& o) { o.sampling.min_distance = -1; },
       "min_distance: is -1; allowed is 0 to 1e+06"},
      {[](TrainOptions& o) { o.sampling.min_distance = 0.5f, o.sampling.max_distance = 0.25f; },
       "min_distance: is 0.5; allowed is 0 to 0.25"},
      {[](TrainOptions& o) { o.sampling.relative_margin = 2; },
       "relative_margin: is 2; allowed is 0 to 1"},
      {[](TrainOptions& o) { o.sampling.mined_negatives = 65; },
       "mined_negatives: is 65; allowed is 0 to 64"},
      {[](TrainOptions& o) { o.sampling.mined_negatives = 20; },
       "mining_neighbours: is 16; allowed is 20 to 1024"},
      {[](TrainOptions& o) { o.sampling.mined_share = 2; }, "mined_share: is 2; allowed is 0 to 1"},
      {[](TrainOptions& o) { o.sampling.mining_pool = 1; },
       "mining_pool: is 1; allowed is 100 to 10000000"},
      {[](TrainOptions& o) { o.sampling.mining_from = -1; },
       "mining_from: is -1; allowed is 0 to 10000"},
  };
  CHECK_NOTHROW(TrainOptions{}.validate());
  for (const Refused& refused : table) {
    TrainOptions options;
    refused.change(options);
    CHECK(message_of([&] { options.validate(); }) == refused.message);
  }
}

TEST_CASE("names that are none") {
  CHECK(message_of([] { decay_from_name("quadratic"); }) ==
        "decay: 'quadratic' is not known; choose among constant, linear, cosine");
  CHECK(message_of([] { average_from_name("mean"); }) ==
        "average: 'mean' is not known; choose among none, ema, last");
  CHECK(message_of([] { loss_mix_from_text("bce,hinge:2"); }) ==
        "loss: 'hinge' is not known; choose among bce, contrastive, online-contrastive, triplet, "
        "in-batch, distillation, head, reconstruction, regression");
  for (const char* item : {"", ":2", "bce:", "bce:x", "bce:1x"})
    CHECK(message_of([&] { loss_mix_from_text("head," + std::string(item)); }) ==
          "loss: '" + std::string(item) +
              "' is no NAME or NAME:WEIGHT; write for instance in-batch:0.5, several with commas "
              "between");
}

TEST_CASE("a mix goes through its text unchanged") {
  for (const char* text : {"bce", "bce,in-batch:0.5", "head:2,online-contrastive,triplet:0.001"})
    CHECK(to_text(loss_mix_from_text(text)) == text);
  CHECK(loss_mix_from_text("bce:0.25,head") ==
        std::vector<WeightedLoss>{{LossTerm::bce, 0.25f}, {LossTerm::head, 1}});
}

TEST_CASE("options that do not go together, before any data") {
  const Refused table[] = {
      {[](TrainOptions& o) {
         mix(o, "triplet"), o.loss.margin = {loss::MarginKind::distribution, 0.5f, 1, 1};
       },
       "margin_schedule: distribution finds the border between pairs, and a triplet's margin is a "
       "gap; take constant, linear or cosine with --loss triplet"},
      {[](TrainOptions& o) { mix(o, "bce,head"); },
       "loss head: needs a pair head, and head_size is 0; set --head-size"},
      {[](TrainOptions& o) { o.dev_metric = "far/head_f1"; },
       "dev_metric: 'far/head_f1' is a pair head's, and the model has none; set --head-size and "
       "add head to --loss"},
      {[](TrainOptions& o) { mix(o, "distillation"); },
       "loss distillation: needs a teacher; give one with --teacher"},
      {[](TrainOptions& o) { o.sampling.mined_negatives = 1, o.epochs = o.sampling.mining_from; },
       "mining_from: is 1, and with epochs 1 nothing would be mined; set it below --epochs"},
      {[](TrainOptions& o) {
         o.rate_factors = {{"distillation", 2}};
       },
       "learning-rate-of: no parameter's name begins with 'distillation'; the names are "
       "embedding.weight, lstm.0.forward.weight_layer, lstm.0.forward.weight_iter, "
       "lstm.0.forward.bias, lstm.0.backward.weight_layer, lstm.0.backward.weight_iter, "
       "lstm.0.backward.bias"},
  };
  for (const Refused& refused : table) {
    TrainOptions options;
    refused.change(options);
    CHECK(message_of([&] { check_options(toy_model(), options, false); }) == refused.message);
  }
  CHECK_NOTHROW(check_options(toy_model(), TrainOptions{}, false));
}

TEST_CASE("models that do not go with the options") {
  ModelConfig head = toy_model();
  head.head_size = 4;
  CHECK(message_of([&] { check_options(head, TrainOptions{}, false); }) ==
        "head_size: is 4, but nothing trains it; add head to --loss, such as --loss bce,head");
  CHECK(message_of([&] { check_options(toy_model(), TrainOptions{}, true); }) ==
        "teacher: is given, but nothing learns from it; add distillation to --loss, such as --loss "
        "bce,distillation");
  TrainOptions negatives;
  negatives.sampling.batch_negatives = 1;
  CHECK(message_of([&] { check_options(toy_towers(), negatives, false); }) ==
        "batch_negatives: are texts of the same tower, and the model has several towers; take "
        "--loss in-batch or --mined-negatives");
  ModelConfig broken = toy_towers();
  broken.towers[1].name = "question";
  CHECK(message_of([&] { check_options(broken, TrainOptions{}, false); }) ==
        "tower: 'question' is named twice; give each its own name");
  TrainOptions rates;  // a teacher's projection may yet come
  rates.loss.mix = loss_mix_from_text("distillation,reconstruction");
  rates.rate_factors = {{"distillation", 2}, {"reconstruction.weight", 0}};
  CHECK_NOTHROW(check_options(toy_model(), rates, true));
}

TEST_CASE("labels that a loss cannot use") {
  Setup setup;
  const auto with = [&](const char* text, std::initializer_list<float> labels) {
    setup.options.loss.mix = loss_mix_from_text(text);
    setup.model.head_size = setup.options.loss.has(LossTerm::head) ? 4 : 0;
    setup.data = of_labels(labels);
    return refusal(setup);
  };
  for (const char* term : {"bce", "contrastive", "online-contrastive", "head"})
    CHECK(with(term, {1, 1}) ==
          "loss " + std::string(term) +
              ": needs pairs of label 0, and the training data hold none; set --batch-negatives or "
              "--mined-negatives, or take --loss in-batch");
  for (const char* term : {"triplet", "in-batch"})
    CHECK(with(term, {0, 0}) ==
          "loss " + std::string(term) +
              ": needs pairs of label 1, and the training data hold none; give labelled "
              "duplicates");
  for (const char* term : {"contrastive", "online-contrastive", "triplet"})
    CHECK(with(term, {0, 0.5f, 1}) ==
          "loss " + std::string(term) +
              ": cannot use labels between 0 and 1; take --loss bce, head, in-batch or "
              "distillation for graded pairs");
  CHECK(with("bce", {0, 0.5f, 1}) == "nothing thrown");
  CHECK(with("in-batch", {0, 0.5f, 1}) == "nothing thrown");
  CHECK(with("regression", {0, 0.5f, 1}) == "nothing thrown");
  CHECK(
      with("regression", {0, 1}) ==
      "loss regression: needs labels between 0 and 1, and the training data hold none; give pairs "
      "with degrees to --graded-pairs");
  CHECK(with("reconstruction", {0.5f}) == "nothing thrown");
  CHECK(with("in-batch", {1, 1}) == "nothing thrown");
  // The first term that cannot use them is named.
  CHECK(with("in-batch,bce", {1}).starts_with("loss bce: needs pairs of label 0"));
  setup.options.sampling.batch_negatives = 1;
  CHECK(with("bce", {1, 1}) == "nothing thrown");
  setup.options.sampling.batch_negatives = 0;
  setup.options.sampling.mined_negatives = 1;
  CHECK(with("bce", {1, 1}) == "nothing thrown");
  CHECK(with("bce", {}) == "training data: holds no pairs");
}

TEST_CASE("a classifier's probabilities are neither degrees nor labelled duplicates") {
  Setup setup;
  setup.data = Dataset();
  setup.data.add_soft("a", "b", 1);
  setup.data.add_soft("a", "c", 0);
  setup.data.tokenise(letters, 8, 1);
  const auto with = [&](const char* text) {
    mix(setup.options, text);
    return refusal(setup);
  };
  CHECK(with("bce") == "nothing thrown");
  CHECK(with("in-batch").starts_with("loss in-batch: needs pairs of label 1"));
  CHECK(with("regression").starts_with("loss regression: needs labels between 0 and 1"));
  CHECK(with("contrastive").starts_with("loss contrastive: cannot use labels between 0 and 1"));
  setup.data.add("a", "b", 1);
  CHECK(with("triplet").starts_with("loss triplet: cannot use labels between 0 and 1"));
}

TEST_CASE("train() itself checks before it moves a weight") {
  Setup setup;
  setup.options.loss.mix = loss_mix_from_text("triplet");
  setup.data = of_labels({0, 0});
  CHECK(message_of([&] { run(setup); }).starts_with("loss triplet: needs pairs of label 1"));
}
