// Triplets: those of the file, mined ones, and those made from the batch's labelled pairs.
#include <algorithm>

#include "loss/triplets.hpp"
#include "train/objective_work.hpp"

namespace gemel::train {
namespace {

constexpr std::int32_t kAsking = -1;  // the group of all texts that cannot be negatives

// The batch as one link between two towers sees it.
struct LinkTexts {
  std::vector<std::int32_t> rows;   // [texts], of the batch
  std::vector<std::int32_t> group;  // [texts]
  std::vector<float> vectors;       // [texts, D]
  std::vector<loss::Pair> pairs;
};

// Negatives are texts of the second tower. Those of the first share one group with every anchor.
LinkTexts texts_of(const Batch& batch, ConstMatrixView vectors,
                   const std::vector<loss::Pair>& pairs, const std::vector<std::int32_t>& group,
                   const TowerLink& link, std::size_t number) {
  LinkTexts texts;
  std::vector<std::int32_t> place(batch.texts.size(), -1);
  for (std::size_t i = 0; i < batch.texts.size(); ++i) {
    const int tower = batch.texts[i].tower;
    if (tower != link.a && tower != link.b) continue;
    place[i] = static_cast<std::int32_t>(texts.rows.size());
    texts.rows.push_back(static_cast<std::int32_t>(i));
    texts.group.push_back(tower == link.b ? group[i] : kAsking);
    const float* vector = vectors.row(static_cast<std::int64_t>(i));
    texts.vectors.insert(texts.vectors.end(), vector, vector + vectors.cols);
  }
  for (std::size_t i = 0; i < batch.pairs.size(); ++i) {
    const Batch::Pair& p = batch.pairs[i];
    if (p.link == static_cast<std::int32_t>(number))
      texts.pairs.push_back({place[static_cast<std::size_t>(p.a)],
                             place[static_cast<std::size_t>(p.b)], p.label, pairs[i].weight});
  }
  return texts;
}

}  // namespace

std::vector<loss::Triplet> Objective::made_triplets(Work& work) {
  const auto choice = options_->sampling.negatives;
  loss::NegativeOptions options = negative_options(*options_);
  options.per_text = std::max(1, options.per_text);
  const ModelConfig& model = model_->config();
  if (model.siamese())
    return loss::make_triplets(choice, options, work.vectors, work.group, work.pairs, true,
                               work.random, &work.result.negatives);
  std::vector<loss::Triplet> all;
  for (std::size_t l = 0; l < model.links.size(); ++l) {
    const TowerLink& link = model.links[l];
    const LinkTexts texts = texts_of(work.batch, work.vectors, work.pairs, work.group, link, l);
    const ConstMatrixView vectors(texts.vectors.data(),
                                  static_cast<std::int64_t>(texts.rows.size()), work.vectors.cols);
    const auto row = [&](std::int32_t i) { return texts.rows[static_cast<std::size_t>(i)]; };
    for (const loss::Triplet& t :
         loss::make_triplets(choice, options, vectors, texts.group, texts.pairs, link.a == link.b,
                             work.random, &work.result.negatives))
      all.push_back({row(t.anchor), row(t.positive), row(t.negative), t.weight});
  }
  return all;
}

void Objective::triplet_term(Work& work) {
  std::vector<loss::Triplet> triplets;
  for (const Batch::Triplet& t : work.batch.triplets)
    triplets.push_back({t.anchor, t.positive, t.negative, 1});
  if (triplets.empty() || options_->sampling.batch_negatives > 0) {
    const auto made = made_triplets(work);
    triplets.insert(triplets.end(), made.begin(), made.end());
  }
  const loss::TripletLossResult result = loss::triplet_loss(
      {options_->loss.metric, work.margin}, work.vectors, triplets, term_gradient(work));
  collect(work, LossTerm::triplet, result.loss);
}

}  // namespace gemel::train
