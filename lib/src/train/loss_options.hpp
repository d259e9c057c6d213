#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/metric.hpp"
#include "loss/distillation_loss.hpp"
#include "loss/margin.hpp"
#include "loss/pair_loss.hpp"

namespace gemel::train {

/// One part of a run's loss; the headers of lib/src/loss give the formulas.
enum class LossTerm {
  bce,                 ///< labelled pairs, p = σ(−w·d + b)
  contrastive,         ///< labelled pairs, margin
  online_contrastive,  ///< the hard ones among the batch's labelled pairs
  triplet,             ///< triplets of the file, or made from pairs by the batch miner
  in_batch,            ///< softmax over the batch's texts
  distillation,        ///< a teacher's vectors
  head,                ///< BCE of the pair head
  reconstruction,      ///< a text's tokens told from its embedding, for texts without labels
  regression,          ///< cosine similarity against degrees, which bce then leaves to it
};
constexpr std::size_t kLossTerms = 9;
std::string_view name(LossTerm);
LossTerm loss_term_from_name(std::string_view);  ///< throws Error with the allowed names

struct WeightedLoss {
  LossTerm term = LossTerm::bce;
  float weight = 1;  ///< above 0, to 1000
  bool operator==(const WeightedLoss&) const = default;
};

/// "bce,in-batch:0.5" and back. Throws Error.
std::vector<WeightedLoss> loss_mix_from_text(std::string_view text);
std::string to_text(const std::vector<WeightedLoss>&);

struct LossOptions {
  std::vector<WeightedLoss> mix = {WeightedLoss{}};  ///< 1 or more, no term twice
  Metric metric = Metric::cosine;
  loss::MarginOptions margin;      ///< contrastive, online-contrastive, triplet
  loss::PairLossParameters start;  ///< where w and b of bce start
  float positive_weight = 1;       ///< of labelled positive pairs; 0.001 to 1000
  float soft_weight = 1;           ///< of pairs labelled by a classifier; 0.001 to 1000
  float temperature = 0.05f;       ///< of in-batch's softmax; 0.001 to 100
  bool symmetric = true;           ///< in-batch: second texts ask for first ones too
  loss::DistillationKind distillation = loss::DistillationKind::cosine;

  /// Weight of a term, 0 where the mix lacks it.
  float weight(LossTerm) const;
  bool has(LossTerm term) const { return weight(term) > 0; }
  bool has_margin() const {
    return has(LossTerm::contrastive) || has(LossTerm::online_contrastive) ||
           has(LossTerm::triplet);
  }
  /// Throws Error naming the field, its value and the allowed range.
  void validate() const;
};

}  // namespace gemel::train
