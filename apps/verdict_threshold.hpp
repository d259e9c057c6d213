#pragma once
#include <string>

#include "apps/command_line.hpp"
#include "core/metric.hpp"
#include "model/bundle.hpp"

namespace gemel::app {

/// The score from which on two texts count as duplicates, and where it comes from.
struct VerdictThreshold {
  float score = 0;
  std::string origin;  // "--threshold", "precision 0.95 on dev.tsv", …
};

/// --threshold, --probability, --precision and --metric.
void add_threshold_options(po::options_description& group);

/// Which of them sets the score: threshold, probability or precision, the first given; empty
/// without.
std::string score_threshold_option(const CommandLine&);

/// The one that was asked for; without a flag the stored one for accuracy, as `compare` uses it,
/// else the score of probability ½. Throws UsageError where two are asked for, Error where the
/// model cannot answer.
VerdictThreshold choose_threshold(const CommandLine&, const Bundle&, Metric);

/// p of a score under the model's calibration; NaN where it has none or `metric` is another one.
float probability_of(const Bundle&, Metric metric, float score);

}  // namespace gemel::app
