#include "train/objective_work.hpp"

namespace gemel::train {

std::vector<InBatchPart> in_batch_parts(const Batch& batch, float positive_weight,
                                        std::int32_t number, const TowerLink& link,
                                        bool symmetric) {
  InBatchPart there;
  for (const Batch::Pair& p : batch.pairs) {
    if (p.link != number || p.soft) continue;
    if (p.label == 1)
      there.positives.push_back({p.a, p.b, positive_weight});
    else if (p.label == 0)
      there.extra.push_back(p.b);  // a degree between says neither
  }
  const bool one_kind = link.a == link.b;
  there.symmetric = symmetric && one_kind;
  std::vector<InBatchPart> parts;
  if (symmetric && !one_kind) {
    InBatchPart& back = parts.emplace_back();
    for (const loss::InBatchPositive& p : there.positives)
      back.positives.push_back({p.b, p.a, p.weight});
  }
  parts.push_back(std::move(there));
  return parts;
}

loss::NegativeOptions negative_options(const TrainOptions& o) {
  const SamplingOptions& s = o.sampling;
  return {o.loss.metric,  s.batch_negatives, s.negative_weight,
          s.min_distance, s.max_distance,    s.relative_margin};
}

double current_margin(const LossOptions& options, const ObjectiveState& state, double done) {
  return options.margin.kind == loss::MarginKind::distribution
             ? state.margin.current(options.margin)
             : loss::margin_at(options.margin, done);
}

void follow_distances(const loss::PairLossResult& found, const LossOptions& options,
                      ObjectiveState& state) {
  if (options.margin.kind != loss::MarginKind::distribution) return;
  state.margin.update({found.positives, found.positive_distance, found.positive_deviation},
                      {found.negatives, found.negative_distance, found.negative_deviation});
}

}  // namespace gemel::train
