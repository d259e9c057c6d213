#pragma once
#include <span>
#include <string>
#include <vector>

#include "apps/command_line.hpp"
#include "train/evaluation/evaluation.hpp"

namespace gemel::app {

/// A file of labelled pairs and what tables call it.
struct LabelledSet {
  std::string name, path;
  bool graded = false;  // said to be; else its labels tell
};

/// "FILE" or "NAME=FILE"; without a name, the last part of the path. A file that exists is never
/// taken apart. Throws UsageError where a name comes twice, standard input does, or `graded` names
/// no set.
std::vector<LabelledSet> sets_from_arguments(std::span<const std::string> arguments,
                                             std::span<const std::string> graded);

/// A set's name, file and report.
struct SetReport {
  LabelledSet set;
  evaluation::Evaluation evaluation;
};

/// Tables for a terminal: one of the sets labelled 0 and 1, one of the graded ones; a row a set, of
/// the model, and of its pair head where it has one, then of what training has not seen where that
/// is known; below several sets their unweighted mean, undefined where one of them is.
std::string sets_to_text(std::span<const SetReport> reports);
/// {"sets": [{"name", "file", …a report as of a single file}], "mean": {"binary", "graded"}}
std::string sets_to_json(std::span<const SetReport> reports);

}  // namespace gemel::app
