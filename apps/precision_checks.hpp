#pragma once
#include <string>
#include <vector>

#include "apps/evaluate_scores.hpp"
#include "model/precision_check.hpp"

namespace gemel::app {

/// Precisions to measure, and their scores on the pairs of a file.
struct PrecisionTable {
  struct Row {
    PrecisionCheck check;
    double accuracy = 0;
    double texts_per_second = 0;        // tokenise and encode
    evaluation::EvaluationInput input;  // the scores of the pairs
  };
  std::vector<Row> rows;            // f32 first, whether it was asked for or not
  std::vector<Precision> left_out;  // this CPU or this model lacks them
};

/// "f32,bf16,int8". Throws UsageError naming those it knows.
std::vector<Precision> precisions_from_list(const std::string& list);

/// Loads the bundle once for each precision and scores the pairs of one link. Throws Error where
/// the labels are graded, or all alike.
PrecisionTable measure_precisions(const std::string& bundle_path,
                                  const std::vector<Precision>& precisions,
                                  const train::Dataset& data, const RowPlan&, Metric metric,
                                  int threads, const std::string& source);

std::string to_text(const PrecisionTable&);
std::string to_json(const PrecisionTable&);

/// What a bundle keeps of it: all but f32.
std::vector<PrecisionCheck> checks_of(const PrecisionTable&);

}  // namespace gemel::app
