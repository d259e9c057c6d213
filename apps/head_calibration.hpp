#pragma once
#include <span>

#include "train/evaluation/scored.hpp"

namespace gemel::app {

/// A pair head's logits become scale · logit + shift.
struct HeadScale {
  float scale = 1, shift = 0;
};

/// What makes the probabilities of logits those of labelled pairs (Platt): made negatives and the
/// loss's weights leave them far off. 1 and 0 where no rising line fits, or a label is a degree.
HeadScale fit_head_scale(std::span<const evaluation::Scored> logits);

/// Of probabilities, as far from 0 and 1 as 1e-7.
HeadScale fit_head_scale_to_probabilities(std::span<const evaluation::Scored> probabilities);

/// The probability of a scaled logit, given that of the logit.
float rescaled(HeadScale, float probability);

}  // namespace gemel::app
