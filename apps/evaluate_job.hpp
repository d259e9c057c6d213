#pragma once
#include <optional>
#include <string>
#include <vector>

#include "apps/command_line.hpp"
#include "apps/evaluate_sets.hpp"
#include "core/metric.hpp"
#include "core/precision.hpp"

namespace gemel::app {

/// What 'gemel evaluate' is asked for, as far as it can be told without the model.
struct EvaluationJob {
  std::vector<LabelledSet> sets;
  std::optional<Metric> metric;  // absent: the model's
  std::string model_path;
  std::vector<Precision> precisions;  // to be measured; empty: the figures are asked for
  bool writes = false;
};

void add_evaluate_options(CommandLine&);

/// Throws UsageError or Error where options are wrong or do not go together.
EvaluationJob read_evaluation_job(const CommandLine&);

/// Throws UsageError for an option that goes with one set of pairs: one FILE, one link.
void check_several(const CommandLine&, const std::string& goes_with);

}  // namespace gemel::app
