#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/metric.hpp"
#include "train/evaluation/calibration.hpp"
#include "train/evaluation/metrics.hpp"
#include "train/evaluation/overlap.hpp"
#include "train/evaluation/thresholds.hpp"

namespace gemel::evaluation {

/// One scorer on one set of pairs. Numbers are NaN where undefined; see metrics.hpp.
struct Row {
  std::string scorer;                         // "model", "pair head", "TF-IDF"
  std::string subset;                         // "all", "new pairs", "new texts"
  std::int64_t pairs = 0, positives = 0;      // positives: 0 where graded
  bool graded = false;                        // labels other than 0 and 1: correlations only
  std::optional<float> threshold;             // θ of the verdicts below
  bool threshold_found_here = false;          // chosen on these very pairs, for accuracy
  Confusion confusion;                        // at θ
  double average_precision = 0, roc_auc = 0;  // 0 to 1
  double pearson = 0, spearman = 0;           // −1 to 1
  double calibration_error = 0;  // of the model's or the head's probabilities, 0 to 1; else NaN
  std::optional<Threshold> best_accuracy, best_f1, chosen_precision;  // found on these pairs
};

struct RowOptions {
  std::optional<float> threshold;  // of the verdicts; absent: the best of these pairs for accuracy
  double precision = 0.95;         // what chosen_precision asks for, 0 to 1
  bool graded = false;
};
/// Figures of one scorer.
Row evaluate_row(std::string scorer, std::string subset, std::span<const Scored> pairs,
                 const RowOptions& options);

/// What is put to the test.
struct EvaluationInput {
  Metric metric = Metric::cosine;          // turns scores into distances for the calibration
  std::vector<Scored> model;               // [pairs]
  std::vector<Scored> head;                // [pairs] the pair head's probabilities, or empty
  std::vector<Scored> baseline;            // [pairs] in the same order, or empty
  std::optional<Overlap> overlap;          // of these pairs with the training file, if it is known
  std::optional<float> threshold;          // the model's; absent: found here
  std::optional<float> head_threshold;     // likewise
  std::optional<Calibration> calibration;  // the model's; absent: fitted here
  bool graded = false;                     // labels are degrees even where all are 0 or 1
  double precision = 0.95;                 // wanted of chosen_precision, 0 to 1
  int bins = 15;                           // of the reliability diagram, 1 to 1000
};

/// The whole report of one test set.
struct Evaluation {
  std::vector<Row> rows;  // model, head and baseline on all, then on new pairs, then on new texts
  double precision = 0;   // asked for
  std::optional<Overlap> overlap;

  // Absent where labels are graded.
  std::optional<Calibration> calibration;
  bool calibration_fitted_here = false;
  std::vector<ReliabilityBin> reliability;  // equal mass
  double calibration_error = 0;             // of those bins
  double calibration_error_equal_width = 0;
  double log_loss = 0, brier = 0;
  std::vector<CurvePoint> curve;           // the model's precision and recall
  std::vector<CurvePoint> baseline_curve;  // empty without a baseline
};

/// Throws Error where a score is not finite, or precision or bins are out of range.
Evaluation evaluate(const EvaluationInput& input);

}  // namespace gemel::evaluation
