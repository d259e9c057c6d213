#pragma once
#include "apps/train_outputs.hpp"
#include "train/trainer.hpp"

namespace gemel::app {

/// Fits the pair head's probabilities to the first dev set (head_calibration.hpp). Nothing without
/// a head or labels.
void calibrate_head(const TrainJob&, const nn::Towers&, ParameterBlock& values);

/// What the bundle says beside weights: tokenizer, thresholds, calibration, self-tests, and how it
/// was made.
/// @param values of a model that has the bundle's parameters alone, rounded as they are stored
Bundle make_bundle(const TrainJob&, const Tokenizer&, const nn::Towers&,
                   const ParameterBlock& values, const train::TrainResult&,
                   const std::string& started_from);

}  // namespace gemel::app
