#pragma once
#include <optional>
#include <string>
#include <vector>

#include "apps/train_rows.hpp"
#include "infer/embedder.hpp"
#include "train/dataset.hpp"
#include "train/evaluation/evaluation.hpp"

namespace gemel::app {

/// --rows, --tower-column and --link.
void add_row_options(CommandLine&);

/// What a file's rows are, and which towers read their texts.
struct RowPlan {
  RowKind rows = RowKind::pairs;
  ModelConfig model;  // its links are those to measure; pairs are read by the only one
};
/// Throws Error or UsageError where the options do not fit the model.
RowPlan plan_rows(const CommandLine&, const Embedder&);

/// Reads all rows of a file; a tuple becomes a pair for each link. Throws Error at a bad row unless
/// the options skip them.
train::Dataset read_labelled_rows(const CommandLine&, const std::string& path, const RowPlan&,
                                  LabelKind kind);

/// The texts and pairs of all training files, which are read likewise.
evaluation::TrainingTexts read_training_texts(const CommandLine&,
                                              const std::vector<std::string>& paths, const RowPlan&,
                                              LabelKind kind);

/// What a report needs of the pairs of one link: scores of the model, of its pair head if it has
/// one and of the bag-of-words baseline, and how much of them stands in the training files (null:
/// not asked).
evaluation::EvaluationInput score_pairs_of(const Embedder&, const train::Dataset&, const RowPlan&,
                                           std::size_t link, Metric metric, int threads,
                                           const evaluation::TrainingTexts* training);

/// The thresholds and the calibration that the model holds, where it does; without those of the
/// distance where `metric` is not the model's.
void use_stored_verdict(evaluation::EvaluationInput& input, const Bundle& bundle, Metric metric);

}  // namespace gemel::app
