// What the command line of `gemel train` fills in: loss, sampling, practice.
#include "apps/train_options.hpp"

#include <doctest.h>

#include <gemel/error.hpp>

#include "tests/apps/train_line.hpp"

using namespace gemel;
using namespace gemel::app;
using train::LossTerm;

namespace {

train::TrainOptions options_of(const std::vector<std::string>& arguments) {
  return read_training_options(train_line(arguments));
}
std::string refusal(const std::vector<std::string>& arguments) {
  return message_of<Error>([&] { options_of(arguments); });
}

}  // namespace

TEST_CASE("no flag at all gives the structs' own defaults") {
  const train::TrainOptions found = options_of({"--precision", "f32"}), own;
  CHECK(found.loss.mix == own.loss.mix);
  CHECK(found.loss.margin.start == own.loss.margin.start);
  CHECK(found.loss.symmetric);
  CHECK(found.sampling.mined_negatives == 0);
  CHECK(found.sampling.relative_margin == 1);
  CHECK(found.average.kind == train::AverageKind::none);
  CHECK(found.rate_factors.empty());
  CHECK(found.batch_pairs == own.batch_pairs);
  CHECK(found.learning_rate == own.learning_rate);
  CHECK(found.patience == own.patience);
  CHECK(found.dev_metric == "accuracy");
  CHECK(found.checkpoint_seconds == own.checkpoint_seconds);
}

TEST_CASE("losses, weights and margins reach the struct") {
  const train::LossOptions loss = options_of({"--loss",
                                              "bce:2,in-batch:0.25,triplet",
                                              "--metric",
                                              "manhattan",
                                              "--margin",
                                              "0.75",
                                              "--margin-schedule",
                                              "cosine",
                                              "--margin-end",
                                              "1.5",
                                              "--margin-scale",
                                              "1.25",
                                              "--start-w",
                                              "4",
                                              "--start-b",
                                              "-1",
                                              "--temperature",
                                              "0.1",
                                              "--one-way",
                                              "--distillation",
                                              "relation",
                                              "--positive-weight",
                                              "3",
                                              "--soft-weight",
                                              "0.5"})
                                      .loss;
  CHECK(loss.mix == std::vector<train::WeightedLoss>{
                        {LossTerm::bce, 2}, {LossTerm::in_batch, 0.25f}, {LossTerm::triplet, 1}});
  CHECK(loss.metric == Metric::manhattan);
  CHECK(loss.margin.kind == loss::MarginKind::cosine);
  CHECK(loss.margin.start == 0.75f);
  CHECK(loss.margin.end == 1.5f);
  CHECK(loss.margin.scale == 1.25f);
  CHECK(loss.start.w == 4);
  CHECK(loss.start.b == -1);
  CHECK(loss.temperature == 0.1f);
  CHECK(!loss.symmetric);
  CHECK(loss.distillation == loss::DistillationKind::relation);
  CHECK(loss.positive_weight == 3);
  CHECK(loss.soft_weight == 0.5f);
}

TEST_CASE("negatives and noise reach the structs") {
  const train::TrainOptions o = options_of({"--batch-negatives",
                                            "2",
                                            "--negatives",
                                            "random",
                                            "--negative-weight",
                                            "0.5",
                                            "--negative-min-distance",
                                            "0.125",
                                            "--negative-max-distance",
                                            "0.75",
                                            "--negative-relative-margin",
                                            "0.25",
                                            "--mined-negatives",
                                            "3",
                                            "--mining",
                                            "semi-hard",
                                            "--mined-share",
                                            "0.5",
                                            "--mining-pool",
                                            "500",
                                            "--mining-neighbours",
                                            "12",
                                            "--mining-from",
                                            "2",
                                            "--token-dropout",
                                            "0.1",
                                            "--word-dropout",
                                            "0.2",
                                            "--word-swap",
                                            "0.3",
                                            "--case-noise",
                                            "0.4",
                                            "--punctuation-noise",
                                            "0.5",
                                            "--sample-segmentation",
                                            "0.6",
                                            "--augment",
                                            "one",
                                            "--side-swap",
                                            "0.7"});
  CHECK(o.sampling.batch_negatives == 2);
  CHECK(o.sampling.negatives == loss::NegativeMiner::random);
  CHECK(o.sampling.negative_weight == 0.5f);
  CHECK(o.sampling.min_distance == 0.125f);
  CHECK(o.sampling.max_distance == 0.75f);
  CHECK(o.sampling.relative_margin == 0.25f);
  CHECK(o.sampling.mined_negatives == 3);
  CHECK(o.sampling.mining == loss::NegativeMiner::semi_hard);
  CHECK(o.sampling.mined_share == 0.5f);
  CHECK(o.sampling.mining_pool == 500);
  CHECK(o.sampling.mining_neighbours == 12);
  CHECK(o.sampling.mining_from == 2);
  CHECK(o.augmentation.token_dropout == 0.1f);
  CHECK(o.augmentation.word_dropout == 0.2f);
  CHECK(o.augmentation.word_swap == 0.3f);
  CHECK(o.augmentation.case_noise == 0.4f);
  CHECK(o.augmentation.punctuation_noise == 0.5f);
  CHECK(o.augmentation.sample_segmentation == 0.6f);
  CHECK(o.augmentation.target == train::AugmentTarget::one);
  CHECK(o.augmentation.side_swap == 0.7f);
}

TEST_CASE("optimisation, averages and rates by name reach the struct") {
  const train::TrainOptions o = options_of({"--epochs",
                                            "7",
                                            "--batch-pairs",
                                            "8",
                                            "--recompute",
                                            "--learning-rate",
                                            "0.01",
                                            "--weight-decay",
                                            "0.5",
                                            "--clip-norm",
                                            "1",
                                            "--warmup",
                                            "0.25",
                                            "--decay",
                                            "cosine",
                                            "--patience",
                                            "4",
                                            "--dev-metric",
                                            "far/f1",
                                            "--max-tokens",
                                            "9",
                                            "--seed",
                                            "9",
                                            "--precision",
                                            "f32",
                                            "--shards",
                                            "3",
                                            "--threads",
                                            "6",
                                            "--average",
                                            "last",
                                            "--average-decay",
                                            "0.9",
                                            "--average-last",
                                            "5",
                                            "--learning-rate-of",
                                            "embedding:0.1,lstm.0:2",
                                            "--freeze",
                                            "lstm.1,projection"});
  CHECK(o.epochs == 7);
  CHECK(o.batch_pairs == 8);
  CHECK(o.recompute);
  CHECK(o.learning_rate == 0.01f);
  CHECK(o.weight_decay == 0.5f);
  CHECK(o.clip_norm == 1);
  CHECK(o.warmup == 0.25f);
  CHECK(o.decay == train::Decay::cosine);
  CHECK(o.patience == 4);
  CHECK(o.dev_metric == "far/f1");
  CHECK(o.max_tokens == 9);
  CHECK(o.seed == 9);
  CHECK(o.precision == Precision::f32);
  CHECK(o.shards == 3);
  CHECK(o.threads == 6);
  CHECK(o.average.kind == train::AverageKind::last);
  CHECK(o.average.decay == 0.9f);
  CHECK(o.average.last == 5);
  REQUIRE(o.rate_factors.size() == 4);
  const char* names[] = {"embedding", "lstm.0", "lstm.1", "projection"};
  const float factors[] = {0.1f, 2, 0, 0};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(o.rate_factors[i].prefix == names[i]);
    CHECK(o.rate_factors[i].factor == factors[i]);
  }
}

TEST_CASE("names and ranges are checked, word for word") {
  CHECK(refusal({"--warmup", "2"}) == "warmup: is 2; allowed is 0 to 1");
  CHECK(refusal({"--loss", "bce,hinge"}) ==
        "loss: 'hinge' is not known; choose among bce, contrastive, online-contrastive, triplet, "
        "in-batch, distillation, head, reconstruction, regression");
  CHECK(refusal({"--loss", "bce,bce:2"}) ==
        "loss: 'bce' is named twice; name it once, with one weight");
  CHECK(refusal({"--loss", "bce:half"}) ==
        "loss: 'bce:half' is no NAME or NAME:WEIGHT; write for instance in-batch:0.5, several with "
        "commas between");
  CHECK(refusal({"--loss", "bce:0"}) == "loss, weight of bce: is 0; allowed is 1e-06 to 1000");
  CHECK(refusal({"--loss", "contrastive", "--margin", "-1"}) ==
        "margin: is -1; allowed is 0.001 to 2");
  CHECK(refusal({"--loss", "bce", "--margin", "-1"}) == "margin: is -1; allowed is 0 to 1e+06");
  CHECK(refusal({"--loss", "contrastive", "--margin-schedule", "step"}) ==
        "margin kind: 'step' is not known; choose among constant, linear, cosine, distribution");
  CHECK(refusal({"--mined-negatives", "20"}) == "mining_neighbours: is 16; allowed is 20 to 1024");
  CHECK(refusal({"--average", "mean"}) ==
        "average: 'mean' is not known; choose among none, ema, last");
  CHECK(refusal({"--learning-rate-of", "embedding"}) ==
        "learning-rate-of: 'embedding' is no NAME:FACTOR; write for instance embedding:0.1, "
        "several with commas between");
  CHECK(refusal({"--augment", "all"}) ==
        "augment_target: 'all' is not known; choose among both, one");
}

TEST_CASE("a dev metric suits the labels, with or without set and head") {
  CHECK(message_of<Error>([] { check_dev_metric("pearson", false); }) ==
        "dev-metric: 'pearson' is not known; choose among accuracy, f1, average_precision, "
        "roc_auc, mcc");
  CHECK(message_of<Error>([] { check_dev_metric("accuracy", true); }) ==
        "dev-metric: 'accuracy' is not known; choose among pearson, spearman");
  CHECK(message_of<Error>([] { check_dev_metric("far/head_f2", false); }) ==
        "dev-metric: 'f2' is not known; choose among accuracy, f1, average_precision, roc_auc, "
        "mcc");
  for (const char* name : {"mcc", "head_mcc", "far/roc_auc", "far/head_f1"})
    CHECK_NOTHROW(check_dev_metric(name, false));
  CHECK_NOTHROW(check_dev_metric("graded/pearson", true));
}
