#include "train/objective.hpp"

#include <algorithm>

#include "core/simd.hpp"
#include "train/objective_work.hpp"

namespace gemel::train {
namespace {

GEMEL_SIMD_CLONES
void add_scaled(const float* x, std::int64_t n, float factor, float* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] += factor * x[i];
}

constexpr std::size_t place(LossTerm term) {
  return static_cast<std::size_t>(term);
}

}  // namespace

Objective::Objective(const nn::Towers& model, const TrainOptions& options, const Dataset& data,
                     const Teacher& teacher)
    : model_(&model),
      options_(&options),
      data_(&data),
      teacher_(&teacher),
      projection_(model.layout().find("distillation.weight")),
      tokens_(model.layout().find("reconstruction.weight")) {}

bool Objective::has_parameters() const {
  return projection_ >= 0 || tokens_ >= 0 || options_->loss.has(LossTerm::head);
}

// The first D columns, in a row for the losses.
ConstMatrixView Objective::embeddings(ConstMatrixView features) {
  const std::int64_t size = model_->config().sentence_size();
  if (features.cols == size) return features;
  vectors_.reserve_discard(static_cast<std::size_t>(features.rows * size));
  for (std::int64_t i = 0; i < features.rows; ++i)
    std::copy_n(features.row(i), size, vectors_.data() + i * size);
  return {vectors_.data(), features.rows, size};
}

ObjectiveResult Objective::run(const Batch& batch, ConstMatrixView features,
                               const ParameterBlock& values, double done, std::uint64_t seed,
                               ObjectiveState& state, GradientBlock& own) {
  const LossOptions& o = options_->loss;
  const ConstMatrixView vectors = embeddings(features);
  term_.reserve_discard(static_cast<std::size_t>(vectors.rows * vectors.cols));
  const auto size = static_cast<std::size_t>(features.rows * features.cols);
  gradient_.reserve_discard(size);
  std::fill_n(gradient_.data(), size, 0.0f);
  gradient_view_ = {gradient_.data(), features.rows, features.cols};
  const auto margin = static_cast<float>(current_margin(o, state, done));
  Work work{batch, features, vectors, values, state, own, Random(seed), margin, {}, {}, {}};
  add_pairs(work);
  if (options_->sampling.batch_negatives > 0) add_made_negatives(work);
  for (const WeightedLoss& loss : o.mix) {
    switch (loss.term) {
      case LossTerm::bce:
        pair_term(work, loss.term, loss::PairLossKind::bce);
        break;
      case LossTerm::contrastive:
        pair_term(work, loss.term, loss::PairLossKind::contrastive);
        break;
      case LossTerm::online_contrastive:
        pair_term(work, loss.term, loss::PairLossKind::online_contrastive);
        break;
      case LossTerm::regression:
        pair_term(work, loss.term, loss::PairLossKind::regression);
        break;
      case LossTerm::triplet:
        triplet_term(work);
        break;
      case LossTerm::in_batch:
        in_batch_term(work);
        break;
      case LossTerm::distillation:
        distillation_term(work);
        break;
      case LossTerm::head:
        head_term(work);
        break;
      case LossTerm::reconstruction:
        reconstruction_term(work);
        break;
    }
  }
  follow_distances(work.result.statistics, o, state);
  return std::move(work.result);
}

void Objective::add_pairs(Work& work) {
  work.pairs.reserve(work.batch.pairs.size());
  for (const Batch::Pair& p : work.batch.pairs) {
    const float weight = p.made            ? options_->sampling.negative_weight
                         : p.soft          ? options_->loss.soft_weight
                         : p.label >= 0.5f ? options_->loss.positive_weight
                                           : 1.0f;
    work.pairs.push_back({p.a, p.b, p.label, weight, p.soft});
  }
  work.group.reserve(work.batch.texts.size());
  for (const Batch::Text& text : work.batch.texts)
    work.group.push_back(data_->groups()[static_cast<std::size_t>(text.row)]);
}

void Objective::add_made_negatives(Work& work) {
  const auto made =
      loss::mine_negatives(options_->sampling.negatives, negative_options(*options_), work.vectors,
                           work.group, work.pairs, work.random, &work.result.negatives);
  work.pairs.insert(work.pairs.end(), made.begin(), made.end());
}

// Every term writes its gradient into term_; here it joins the others, weighted.
void Objective::collect(Work& work, LossTerm term, double value) {
  const float weight = options_->loss.weight(term);
  work.result.terms[place(term)] = value;
  work.result.loss += double{weight} * value;
  for (std::int64_t i = 0; i < work.vectors.rows; ++i)
    add_scaled(term_.data() + i * work.vectors.cols, work.vectors.cols, weight,
               gradient_view_.row(i));
}

MatrixView Objective::term_gradient(const Work& work) {
  const std::int64_t rows = work.vectors.rows, cols = work.vectors.cols;
  std::fill_n(term_.data(), rows * cols, 0.0f);
  return {term_.data(), rows, cols};
}

void Objective::pair_term(Work& work, LossTerm term, loss::PairLossKind kind) {
  const loss::PairLossOptions options{kind, options_->loss.metric, work.margin,
                                      options_->loss.has(LossTerm::regression)};
  loss::PairLossGradients gradients;
  const loss::PairLossResult result = loss::pair_loss(options, work.state.pair, work.vectors,
                                                      work.pairs, term_gradient(work), gradients);
  const double weight = options_->loss.weight(term);
  work.result.pair.w += weight * gradients.w;
  work.result.pair.b += weight * gradients.b;
  if (kind != loss::PairLossKind::regression) work.result.statistics = result;
  collect(work, term, result.loss);
}

// Each link has queries and columns of its own.
void Objective::in_batch_term(Work& work) {
  const MatrixView gradient = term_gradient(work);
  const std::vector<TowerLink>& links = model_->config().links;
  double sum = 0;
  std::vector<InBatchPart> parts;
  for (std::size_t link = 0; link < links.size(); ++link)
    for (InBatchPart& part :
         in_batch_parts(work.batch, options_->loss.positive_weight, static_cast<std::int32_t>(link),
                        links[link], options_->loss.symmetric))
      parts.push_back(std::move(part));
  double queries = 0;
  for (const InBatchPart& part : parts) queries += static_cast<double>(part.positives.size());
  for (InBatchPart& part : parts) {
    if (part.positives.empty()) continue;
    const double share = static_cast<double>(part.positives.size()) / queries;
    loss::InBatchLossOptions options;
    options.metric = options_->loss.metric;
    options.temperature = options_->loss.temperature;
    options.symmetric = part.symmetric;
    part.gradient.assign(static_cast<std::size_t>(gradient.rows * gradient.cols), 0.0f);
    sum +=
        share * loss::in_batch_loss(options, work.vectors, part.positives, part.extra, work.group,
                                    {part.gradient.data(), gradient.rows, gradient.cols})
                    .loss;
    add_scaled(part.gradient.data(), gradient.rows * gradient.cols, static_cast<float>(share),
               term_.data());
  }
  collect(work, LossTerm::in_batch, sum);
}

}  // namespace gemel::train
