#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/command_line.hpp"
#include "model/bundle.hpp"
#include "train/evaluation/evaluation.hpp"

namespace gemel::app {

/// Last part of a path: what a bundle remembers of a file's name.
std::string base_name(const std::string& path);

/// Writes thresholds and calibration found on `source` into the bundle.
void store_evaluation(Bundle&, const evaluation::Evaluation&, const std::string& source);

/// Finds thresholds and calibration on the model's own scores of a file of pairs.
evaluation::Evaluation find_thresholds(Metric, std::vector<evaluation::Scored> scores,
                                       double precision);

/// The pair head's best threshold for accuracy, in the unit of its scores, and a score for
/// candidates that nearly all of its duplicates reach. Nothing where there are no pairs.
/// @param head, scores  [pairs], by the head and by the metric
std::optional<HeadVerdict> find_head_verdict(std::span<const evaluation::Scored> head,
                                             std::span<const evaluation::Scored> scores,
                                             const std::string& source);

/// Dev metrics of an epoch by the names that --dev-metric takes.
std::map<std::string, double> judge_scores(const std::vector<float>& scores,
                                           const std::vector<float>& labels);

/// A path as messages name it.
std::string shown_name(const std::string& path);

/// "1 cluster", "2 clusters".
std::string counted(std::int64_t number, const std::string& noun);

}  // namespace gemel::app
