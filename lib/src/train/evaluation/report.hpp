#pragma once
#include <string>

#include "train/evaluation/evaluation.hpp"

namespace gemel::evaluation {

/// A table for a terminal, UTF-8, at most 100 columns wide, ending in a newline. Undefined numbers
/// are "–".
std::string to_text(const Evaluation& evaluation);

/// One JSON object, indented, ending in a newline. Undefined numbers are null. Keys are stable;
/// new ones may come.
std::string to_json(const Evaluation& evaluation);

}  // namespace gemel::evaluation
