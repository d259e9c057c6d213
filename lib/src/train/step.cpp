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

// A loss may be finite where its gradient is not; that would spoil the weights unseen.
void check_finite(double value, std::int64_t step, const char* what) {
  if (!std::isfinite(value))
    throw Error("step " + std::to_string(step),
                std::string("the ") + what + " is not a finite number",
                "lower --learning-rate or --clip-norm");
}

// Whether every parameter of the encoders stays as it is; the others belong to a head or to losses.
bool frozen_encoders(const std::vector<float>& factors, const ParameterLayout& layout) {
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const std::string& name = layout.all()[i].name;
    const bool own = name.starts_with("head.") || name.starts_with("distillation.") ||
                     name.starts_with("reconstruction.");
    if (!own && factors[i] != 0) return false;
  }
  return true;
}

int worker_count(const TrainOptions& o) {
  return o.threads > 0 ? o.threads : available_cores();
}

}  // namespace

Stepper::Stepper(const nn::Towers& model, const TrainOptions& options, const Dataset& data,
                 const Teacher& teacher, const nn::ZeroBlocks& zeros, const TextCoder& coder,
                 ParameterBlock& values)
    : options_(&options),
      data_(&data),
      zeros_(&zeros),
      coder_(&coder),
      values_(&values),
      pooled_(model.config().head_input == HeadInput::pooled),
      encoder_(model, options.shards, worker_count(options)),
      objective_(model, options, data, teacher),
      adam_options_(adam_options(options)),
      adam_(values.layout(), adam_options_),
      average_(options.average, values.layout()),
      own_(values.layout()) {
  const std::vector<float> factors = rate_factors_of(options.rate_factors, values.layout());
  frozen_ = frozen_encoders(factors, values.layout());
  adam_.set_rate_factors(factors);
}

// Adam scales the gradient as it reads it, which saves going over all of it once more.
float Stepper::clip_factor(const GradientBlock& gradients, std::int64_t step) const {
  const double norm = std::sqrt(gradients.squared_norm());
  check_finite(norm, step, "gradient");
  const double longest = double{options_->clip_norm};
  return longest > 0 && norm > longest ? static_cast<float>(longest / norm) : 1.0f;
}

void Stepper::move_pair_parameters(const loss::PairLossGradients& gradients, float learning_rate,
                                   Progress& progress) {
  if (!options_->loss.has(LossTerm::bce)) return;
  const float rate = kPairRateFactor * learning_rate;
  loss::PairLossParameters& p = progress.objective.pair;
  progress.w_moments.update(p.w, gradients.w, rate, progress.step, adam_options_);
  progress.b_moments.update(p.b, gradients.b, rate, progress.step, adam_options_);
  p.w = std::max(p.w, kSmallestW);
}

void Stepper::run(const Batch& batch, std::int64_t total, Progress& progress) {
  const std::uint64_t seed =
      splitmix64(options_->seed ^ splitmix64(static_cast<std::uint64_t>(progress.step) + 0x5eed));
  const float learning_rate = learning_rate_at(*options_, progress.step, total);
  const auto lists =
      texts_.collect(options_->augmentation, options_->max_tokens, *data_, batch, *coder_, seed);
  std::vector<std::int16_t> towers;
  for (const Batch::Text& text : batch.texts) towers.push_back(text.tower);
  encoder_.pack(*values_, true);
  const nn::DropoutSeed dropout{splitmix64(seed + 1)};
  const bool owns = objective_.has_parameters(), backward = !frozen_ || !owns;
  const ConstMatrixView features = encoder_.forward(
      *values_, lists, towers,
      options_->recompute || !backward ? BatchEncoder::Keep::texts : BatchEncoder::Keep::states,
      &dropout, pooled_);
  if (owns) own_.zero();
  ObjectiveResult result = objective_.run(
      batch, features, *values_, static_cast<double>(progress.step) / static_cast<double>(total),
      seed + 2, progress.objective, own_);
  check_finite(result.loss, progress.step + 1, "loss");
  GradientBlock* gradients = &own_;
  if (backward) {
    gradients = &encoder_.backward(*values_, objective_.gradient(),
                                   1 / static_cast<double>(batch.texts.size()));
    if (owns) gradients->add(own_);
    zeros_->clear(*gradients);  // so that Adam leaves them alone
  }
  const float factor = clip_factor(*gradients, progress.step + 1);
  adam_.step(*values_, *gradients, learning_rate, factor);
  ++progress.step;
  average_.after_step(*values_, progress.step);
  move_pair_parameters(result.pair, learning_rate, progress);
  ++progress.batch;
  progress.sums.add(result, encoder_.penalty(), encoder_.work());
}

}  // namespace gemel::train
