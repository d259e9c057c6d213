#include "train/step.hpp"

#include <algorithm>
#include <cmath>
#include <gemel/error.hpp>

#include "core/parallel.hpp"
#include "core/random.hpp"

namespace gemel::train {
namespace {

constexpr float kPairRateFactor = 10;  // w and b live on a scale of 10, weights on one of 0.1
constexpr float kSmallestW = 1e-3f;    // w stays positive: a larger distance is never more alike

AdamOptions adam_options(const TrainOptions& o) {
  return {o.adam_beta1, o.adam_beta2, 1e-8f, o.weight_decay};
}

int worker_count(const TrainOptions& o) {
  return o.threads > 0 ? o.threads : available_cores();
}

}  // namespace

Stepper::Stepper(const nn::Encoder& encoder, const TrainOptions& options, const Dataset& data,
                 const TrainHooks& hooks, ParameterBlock& values)
    : options_(&options),
      data_(&data),
      hooks_(&hooks),
      values_(&values),
      encoder_(encoder, options.shards, worker_count(options)),
      adam_options_(adam_options(options)),
      adam_(values.layout(), adam_options_) {}

loss::PairLossResult Stepper::compute_loss(const Batch& batch, ConstMatrixView vectors,
                                           std::uint64_t seed,
                                           const loss::PairLossParameters& parameters,
                                           loss::PairLossGradients& parameter_gradients) {
  std::vector<loss::Pair> pairs;
  pairs.reserve(batch.pairs.size());
  for (const Batch::Pair& p : batch.pairs)
    pairs.push_back({p.a, p.b, p.label, p.label >= 0.5f ? options_->positive_weight : 1.0f});
  if (options_->batch_negatives > 0) {
    std::vector<std::int32_t> group;
    group.reserve(batch.texts.size());
    for (const std::int32_t row : batch.texts)
      group.push_back(data_->groups()[static_cast<std::size_t>(row)]);
    const loss::NegativeOptions made{options_->loss.metric, options_->batch_negatives,
                                     options_->negative_weight, options_->negative_min_distance};
    Random random(seed);
    const auto extra = options_->negatives == NegativeChoice::hardest
                           ? loss::hardest_negatives(made, vectors, group, pairs)
                           : loss::random_negatives(made, vectors, group, pairs, random);
    pairs.insert(pairs.end(), extra.begin(), extra.end());
  }
  const auto size = static_cast<std::size_t>(vectors.rows * vectors.cols);
  gradient_.reserve_discard(size);
  std::fill_n(gradient_.data(), size, 0.0f);
  return loss::pair_loss(options_->loss, parameters, vectors, pairs,
                         {gradient_.data(), vectors.rows, vectors.cols}, parameter_gradients);
}

void Stepper::clip(GradientBlock& gradients) const {
  if (options_->clip_norm <= 0) return;
  const double norm = std::sqrt(gradients.squared_norm());
  if (norm > double{options_->clip_norm})
    gradients.scale(static_cast<float>(double{options_->clip_norm} / norm));
}

void Stepper::run(const Batch& batch, float learning_rate, Progress& progress) {
  const std::uint64_t seed =
      splitmix64(options_->seed ^ splitmix64(static_cast<std::uint64_t>(progress.step) + 0x5eed));
  const auto lists = texts_.collect(*options_, *data_, batch, *hooks_, seed);
  encoder_.pack(*values_, true);
  const nn::DropoutSeed dropout{splitmix64(seed + 1)};
  const ConstMatrixView vectors = encoder_.forward(*values_, lists, true, &dropout);
  loss::PairLossGradients pair_gradients;
  const loss::PairLossResult result =
      compute_loss(batch, vectors, seed + 2, progress.pair_parameters, pair_gradients);
  if (!std::isfinite(result.loss))
    throw Error("step " + std::to_string(progress.step + 1), "the loss is not a finite number",
                "lower --learning-rate or --clip-norm");
  GradientBlock& gradients =
      encoder_.backward(*values_, {gradient_.data(), vectors.rows, vectors.cols});
  clip(gradients);
  adam_.step(*values_, gradients, learning_rate);
  ++progress.step;
  if (options_->loss.kind == loss::PairLossKind::bce) {
    const float rate = kPairRateFactor * learning_rate;
    loss::PairLossParameters& p = progress.pair_parameters;
    progress.w_moments.update(p.w, pair_gradients.w, rate, progress.step, adam_options_);
    progress.b_moments.update(p.b, pair_gradients.b, rate, progress.step, adam_options_);
    p.w = std::max(p.w, kSmallestW);
  }
  ++progress.batch;
  ++progress.sums.batches;
  progress.sums.loss += result.loss;
  progress.sums.texts += encoder_.work().texts;
  progress.sums.tokens += encoder_.work().tokens;
}

}  // namespace gemel::train
