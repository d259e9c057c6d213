#pragma once
#include <optional>
#include <string>

#include "train/dataset.hpp"
#include "train/evaluation/evaluation.hpp"

namespace gemel::app {

/// Writes what a report was made of, a row a pair in the file's order: label, score, probability
/// (with a calibration), the pair head's (where the model has one) and the texts. The format goes
/// by the path's ending, tsv where that says none. Throws Error where the file cannot be written.
/// @param data  its pairs are those of the input, all of one link
void write_pair_scores(const std::string& path, const train::Dataset& data,
                       const evaluation::EvaluationInput&,
                       const std::optional<evaluation::Calibration>&);

}  // namespace gemel::app
