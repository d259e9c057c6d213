// The terms that have parameters of their own: a teacher's projection and the pair head.
#include <algorithm>
#include <cmath>

#include "dnn/context.hpp"
#include "loss/distillation_loss.hpp"
#include "train/objective_work.hpp"

namespace gemel::train {
namespace {

bool projects(const LossOptions& options, const Teacher& teacher, std::int64_t sentence_size) {
  return teacher && options.has(LossTerm::distillation) &&
         loss::needs_equal_sizes(options.distillation) && teacher.dimension != sentence_size;
}

// −y·log p − (1 − y)·log(1 − p) with p = σ(logit), without overflow.
double bce(double logit, double label) {
  return std::max(logit, 0.0) - logit * label + std::log1p(std::exp(-std::abs(logit)));
}

}  // namespace

void Objective::register_parameters(const LossOptions& options, const Teacher& teacher,
                                    const ModelConfig& model, ParameterLayout& layout) {
  const std::int64_t size = model.sentence_size();
  if (projects(options, teacher, size))
    layout.add("distillation.weight", {size, teacher.dimension});
  if (options.has(LossTerm::reconstruction))
    layout.add("reconstruction.weight", {model.towers[0].encoder.vocabulary_size, size},
               {.row_sparse = true, .decay = true});
}

void Objective::initialise(ParameterBlock& values, Random& random) const {
  if (tokens_ >= 0)
    for (float& v : values.values(tokens_)) v = static_cast<float>(0.02 * random.normal());
  if (projection_ < 0) return;
  const double limit =
      std::sqrt(6.0 / static_cast<double>(model_->config().sentence_size() + teacher_->dimension));
  for (float& v : values.values(projection_)) v = static_cast<float>(random.uniform(-limit, limit));
}

void Objective::distillation_term(Work& work) {
  const std::int64_t n = work.vectors.rows, d = work.vectors.cols, t = teacher_->dimension;
  std::vector<float> wanted(static_cast<std::size_t>(n * t));  // [texts, D']
  std::vector<float> weight(static_cast<std::size_t>(n));      // [texts], 0 without a teacher
  for (std::int64_t i = 0; i < n; ++i)
    if (const float* v = teacher_->find(work.batch.texts[static_cast<std::size_t>(i)].row)) {
      std::copy_n(v, t, wanted.data() + i * t);
      weight[static_cast<std::size_t>(i)] = 1;
    }
  const MatrixView gradient = term_gradient(work);
  const ConstMatrixView teacher(wanted.data(), n, t);
  if (projection_ < 0) {
    const auto result = loss::distillation_loss(options_->loss.distillation, work.vectors, teacher,
                                                weight, gradient);
    return collect(work, LossTerm::distillation, result.loss);
  }
  // u·P is what meets the teacher; P is forgotten after training.
  const dnn::Linear linear(d, t);
  const std::vector<float> none(static_cast<std::size_t>(t));              // no bias
  std::vector<float> projected(wanted.size()), dprojected(wanted.size());  // [texts, D']
  std::vector<float> dbias(static_cast<std::size_t>(t));
  const float* weights = work.values.data(projection_);
  linear.forward(context_, n, work.vectors.data, work.vectors.stride, weights, none.data(),
                 projected.data(), t);
  const auto result = loss::distillation_loss(options_->loss.distillation, {projected.data(), n, t},
                                              teacher, weight, {dprojected.data(), n, t});
  const float own = options_->loss.weight(LossTerm::distillation);
  std::vector<float> dweights(static_cast<std::size_t>(d * t));  // [D, D']
  linear.backward(context_, n, work.vectors.data, work.vectors.stride, weights, dprojected.data(),
                  t, gradient.data, gradient.stride, dweights.data(), dbias.data());
  float* to = work.own.data(projection_);
  for (std::size_t i = 0; i < dweights.size(); ++i) to[i] += own * dweights[i];
  collect(work, LossTerm::distillation, result.loss);
}

void Objective::head_term(Work& work) {
  const nn::PairHead& head = *model_->head();
  // A degree is no probability: where another loss sees to degrees, the head leaves them alone.
  const bool degrees = !options_->loss.has(LossTerm::regression);
  std::vector<std::pair<std::int32_t, std::int32_t>> pairs;
  std::vector<loss::Pair> judged;
  double weights = 0;
  for (const loss::Pair& p : work.pairs) {
    if (p.has_degree() && !degrees) continue;
    pairs.emplace_back(p.a, p.b);
    judged.push_back(p);
    weights += double{p.weight};
  }
  std::vector<float> logits(pairs.size()), dlogits(pairs.size());
  const nn::DropoutSeed seed{work.random.next()};
  head.forward(context_, work.values, work.features, pairs, &head_saved_, logits, &seed);
  const double scale = double{options_->loss.weight(LossTerm::head)};
  double sum = 0;
  for (std::size_t i = 0; i < pairs.size() && weights > 0; ++i) {
    const double share = double{judged[i].weight} / weights;
    const double p = 1 / (1 + std::exp(-double{logits[i]}));
    sum += share * bce(logits[i], judged[i].label);
    dlogits[i] = static_cast<float>(share * scale * (p - double{judged[i].label}));
  }
  // Weighted already, and of all the features: not by way of collect().
  head.backward(context_, work.values, work.features, pairs, head_saved_, dlogits, gradient_view_,
                work.own);
  work.result.terms[static_cast<std::size_t>(LossTerm::head)] = sum;
  work.result.loss += scale * sum;
}

}  // namespace gemel::train
