#pragma once
#include <string>
#include <vector>

#include "apps/command_line.hpp"
#include "corpora/pair_reader.hpp"
#include "infer/embedder.hpp"
#include "train/dataset.hpp"
#include "train/evaluation/evaluation.hpp"

namespace gemel::app {

/// Reads all pairs of a file. Throws Error at a bad row unless the options skip them.
train::Dataset read_labelled_pairs(const PairOptions& options);

/// The texts and pairs of all training files.
evaluation::TrainingTexts read_training_texts(const CommandLine& line,
                                              const std::vector<std::string>& paths,
                                              LabelKind kind);

/// What a report needs of a set: scores of the model and of the bag-of-words baseline, and how much
/// of it stands in the training files (null: not asked).
evaluation::EvaluationInput score_pairs_of(const Embedder& embedder, const train::Dataset& data,
                                           Metric metric, int threads,
                                           const evaluation::TrainingTexts* training);

/// The threshold and the calibration that the model holds, where it does.
void use_stored_verdict(evaluation::EvaluationInput& input, const Bundle& bundle);

}  // namespace gemel::app
