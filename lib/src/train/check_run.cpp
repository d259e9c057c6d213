#include <gemel/error.hpp>

#include "train/trainer.hpp"

namespace gemel::train {
namespace {

struct Labels {
  std::int64_t positive = 0, negative = 0;
  std::int64_t between = 0;  // 0 and 1, or a classifier's; of them:
  std::int64_t degrees = 0;
};

Labels count_labels(const Dataset& data) {
  Labels labels;
  for (const Dataset::Pair& p : data.pairs()) {
    labels.positive += p.positive();
    labels.negative += p.label < 0.5f;
    const bool between = p.label > 0 && p.label < 1;
    labels.between += between || p.soft;
    labels.degrees += between && !p.soft;
  }
  return labels;
}

void check_labels(const TrainOptions& o, const Labels& labels) {
  const bool makes_negatives = o.sampling.batch_negatives > 0 || o.sampling.mined_negatives > 0;
  for (const WeightedLoss& loss : o.loss.mix) {
    const std::string field = "loss " + std::string(name(loss.term));
    const bool labelled = loss.term == LossTerm::bce || loss.term == LossTerm::contrastive ||
                          loss.term == LossTerm::online_contrastive || loss.term == LossTerm::head;
    if (labelled && labels.negative == 0 && !makes_negatives)
      throw Error(field, "needs pairs of label 0, and the training data hold none",
                  "set --batch-negatives or --mined-negatives, or take --loss in-batch");
    if ((loss.term == LossTerm::triplet || loss.term == LossTerm::in_batch) && labels.positive == 0)
      throw Error(field, "needs pairs of label 1, and the training data hold none",
                  "give labelled duplicates");
    if (loss.term == LossTerm::regression && labels.degrees == 0)
      throw Error(field, "needs labels between 0 and 1, and the training data hold none",
                  "give pairs with degrees to --graded-pairs");
    const bool binary = loss.term == LossTerm::contrastive ||
                        loss.term == LossTerm::online_contrastive || loss.term == LossTerm::triplet;
    if (labels.between > 0 && binary)
      throw Error(field, "cannot use labels between 0 and 1",
                  "take --loss bce, head, in-batch or distillation for graded pairs");
  }
}

void check_towers(const ModelConfig& model, const TrainOptions& o) {
  if (model.siamese()) return;
  if (o.sampling.batch_negatives > 0)
    throw Error("batch_negatives", "are texts of the same tower, and the model has several towers",
                "take --loss in-batch or --mined-negatives");
}

void check_mining(const TrainOptions& o) {
  if (o.sampling.mined_negatives > 0 && o.sampling.mining_from >= o.epochs)
    throw Error("mining_from",
                "is " + std::to_string(o.sampling.mining_from) + ", and with epochs " +
                    std::to_string(o.epochs) + " nothing would be mined",
                "set it below --epochs");
}

// A metric of a head that the model lacks would only show after the first epoch.
void check_head(const ModelConfig& model, const TrainOptions& o) {
  const bool head = o.loss.has(LossTerm::head);
  if (head && model.head_size == 0)
    throw Error("loss head", "needs a pair head, and head_size is 0", "set --head-size");
  if (!head && model.head_size > 0)
    throw Error("head_size", "is " + std::to_string(model.head_size) + ", but nothing trains it",
                "add head to --loss, such as --loss bce,head");
  const std::size_t slash = o.dev_metric.find('/');
  const bool of_head =
      o.dev_metric.compare(slash == std::string::npos ? 0 : slash + 1, 5, "head_") == 0;
  if (of_head && !head)
    throw Error("dev_metric", "'" + o.dev_metric + "' is a pair head's, and the model has none",
                "set --head-size and add head to --loss");
}

// Names are all there is to look at: nothing is allocated. A teacher's projection may or may not
// come, which only its vectors tell.
void check_rate_factors(const ModelConfig& model, const TrainOptions& o) {
  if (o.rate_factors.empty()) return;
  nn::Towers towers(model, Precision::f32);
  Objective::register_parameters(o.loss, {}, model, towers.layout());
  if (o.loss.has(LossTerm::distillation)) towers.layout().add("distillation.weight", {1});
  rate_factors_of(o.rate_factors, towers.layout());
}

}  // namespace

void check_options(const ModelConfig& model, const TrainOptions& options, bool teacher) {
  model.validate();
  options.validate();
  check_towers(model, options);
  check_mining(options);
  if (options.loss.has(LossTerm::triplet) &&
      options.loss.margin.kind == loss::MarginKind::distribution)
    throw Error("margin_schedule",
                "distribution finds the border between pairs, and a triplet's margin is a gap",
                "take constant, linear or cosine with --loss triplet");
  check_head(model, options);
  const bool distils = options.loss.has(LossTerm::distillation);
  if (distils && !teacher)
    throw Error("loss distillation", "needs a teacher", "give one with --teacher");
  if (!distils && teacher)
    throw Error("teacher", "is given, but nothing learns from it",
                "add distillation to --loss, such as --loss bce,distillation");
  check_rate_factors(model, options);
}

void check_run(const ModelConfig& model, const TrainOptions& options, const TrainInputs& inputs) {
  check_options(model, options, static_cast<bool>(inputs.teacher));
  if (inputs.data.example_count() == 0) throw Error("training data", "holds no pairs", "");
  check_labels(options, count_labels(inputs.data));
}

}  // namespace gemel::train
