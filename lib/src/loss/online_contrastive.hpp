#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "loss/pair_loss.hpp"

namespace gemel::loss {

/// Indices of the hard pairs of a batch, ascending: positives (label >= 0.5) farther apart than the
/// closest negative, and negatives closer than the farthest positive. Where the batch has pairs of
/// one label only, all of them. Pairs of weight 0 are neither chosen nor measured against.
/// As published with Sentence-BERT (Reimers and Gurevych 2019).
/// @param distances  [pairs], of each pair
std::vector<std::size_t> hard_pairs(std::span<const Pair> pairs, std::span<const float> distances);

}  // namespace gemel::loss
