#include "train/evaluation/evaluation.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

#include "core/check.hpp"

namespace gemel::evaluation {
namespace {

std::vector<Scored> subset_of(const std::vector<Scored>& pairs,
                              const std::vector<std::uint8_t>& mask) {
  assert(mask.size() == pairs.size());
  std::vector<Scored> kept;
  for (std::size_t i = 0; i < pairs.size(); ++i)
    if (mask[i]) kept.push_back(pairs[i]);
  return kept;
}

void add_rows(Evaluation& evaluation, const EvaluationInput& input, const std::string& subset,
              const std::vector<std::uint8_t>* mask) {
  // Of the whole: a subset of graded pairs may hold 0 and 1 only.
  const bool graded = input.graded || is_graded(input.model);
  const auto add = [&](const char* scorer, const std::vector<Scored>& all,
                       std::optional<float> threshold) {
    const std::vector<Scored> kept = mask ? subset_of(all, *mask) : all;
    evaluation.rows.push_back(
        evaluate_row(scorer, subset, kept, {threshold, input.precision, graded}));
  };
  // A subset is judged at the threshold of the whole, not at one chosen for it.
  const auto first = [&](const char* scorer) -> std::optional<float> {
    for (const Row& r : evaluation.rows)
      if (r.scorer == scorer) return r.threshold;
    return std::nullopt;
  };
  add("model", input.model, input.threshold ? input.threshold : first("model"));
  if (!input.head.empty())
    add("pair head", input.head, input.head_threshold ? input.head_threshold : first("pair head"));
  if (!input.baseline.empty()) add("TF-IDF", input.baseline, first("TF-IDF"));
}

double calibration_error(const EvaluationInput& input, const Calibration& calibration,
                         const std::vector<Scored>& pairs, Binning binning) {
  return expected_calibration_error(
      reliability_bins(forecast(calibration, input.metric, pairs), input.bins, binning));
}

// The head's scores are probabilities already.
double head_calibration_error(const EvaluationInput& input, const std::vector<Scored>& pairs) {
  std::vector<Forecast> forecasts;
  for (const Scored& p : pairs) forecasts.push_back({double{p.score}, p.positive()});
  return expected_calibration_error(reliability_bins(forecasts, input.bins));
}

// The subsets are judged by the calibration of the whole, as they are by its threshold.
void add_row_calibration(Evaluation& evaluation, const EvaluationInput& input) {
  const auto pairs_of = [&](const std::vector<Scored>& all, const std::string& subset) {
    if (!input.overlap || subset == "all") return all;
    return subset_of(all, subset == "new pairs" ? input.overlap->pair_is_new
                                                : input.overlap->both_texts_are_new);
  };
  for (Row& row : evaluation.rows)
    if (row.scorer == "model")
      row.calibration_error = calibration_error(
          input, *evaluation.calibration, pairs_of(input.model, row.subset), Binning::equal_mass);
    else if (row.scorer == "pair head")
      row.calibration_error = head_calibration_error(input, pairs_of(input.head, row.subset));
}

void add_calibration(Evaluation& evaluation, const EvaluationInput& input) {
  evaluation.calibration_fitted_here = !input.calibration;
  evaluation.calibration =
      input.calibration ? *input.calibration : fit_calibration(input.metric, input.model);
  const std::vector<Forecast> forecasts =
      forecast(*evaluation.calibration, input.metric, input.model);
  evaluation.reliability = reliability_bins(forecasts, input.bins);
  evaluation.calibration_error = expected_calibration_error(evaluation.reliability);
  evaluation.calibration_error_equal_width =
      calibration_error(input, *evaluation.calibration, input.model, Binning::equal_width);
  evaluation.log_loss = log_loss(forecasts);
  evaluation.brier = brier_score(forecasts);
  add_row_calibration(evaluation, input);
}

}  // namespace

Row evaluate_row(std::string scorer, std::string subset, std::span<const Scored> pairs,
                 const RowOptions& options) {
  constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
  Row row;
  row.scorer = std::move(scorer);
  row.subset = std::move(subset);
  row.pairs = static_cast<std::int64_t>(pairs.size());
  row.graded = options.graded;
  rank_steps(pairs);  // refuses scores that are not finite
  row.pearson = pearson(pairs);
  row.spearman = spearman(pairs);
  row.average_precision = row.roc_auc = row.calibration_error = kUndefined;
  if (row.graded) return row;

  row.positives =
      std::count_if(pairs.begin(), pairs.end(), [](const Scored& p) { return p.positive(); });
  row.average_precision = average_precision(pairs);
  row.roc_auc = roc_auc(pairs);
  row.best_accuracy = best_accuracy_threshold(pairs);
  row.best_f1 = best_f1_threshold(pairs);
  row.chosen_precision = threshold_for_precision(pairs, options.precision);
  row.threshold = options.threshold;
  if (!options.threshold && row.best_accuracy) {
    row.threshold = row.best_accuracy->threshold;
    row.threshold_found_here = true;
  }
  if (row.threshold) row.confusion = confusion_at(pairs, *row.threshold);
  return row;
}

Evaluation evaluate(const EvaluationInput& input) {
  assert(input.baseline.empty() || input.baseline.size() == input.model.size());
  assert(input.head.empty() || input.head.size() == input.model.size());
  check_range("precision", input.precision, 0.0, 1.0);
  check_range("bins", input.bins, 1, 1000);
  Evaluation evaluation;
  evaluation.precision = input.precision;
  evaluation.overlap = input.overlap;
  add_rows(evaluation, input, "all", nullptr);
  if (input.overlap) {
    add_rows(evaluation, input, "new pairs", &input.overlap->pair_is_new);
    add_rows(evaluation, input, "new texts", &input.overlap->both_texts_are_new);
  }
  if (input.model.empty() || input.graded || is_graded(input.model)) return evaluation;
  add_calibration(evaluation, input);
  evaluation.curve = precision_recall_curve(input.model);
  evaluation.baseline_curve = precision_recall_curve(input.baseline);
  return evaluation;
}

}  // namespace gemel::evaluation
