#pragma once
#include <functional>
#include <span>
#include <string>

#include "apps/train_data.hpp"
#include "corpora/label_kind.hpp"

namespace gemel::app {

/// One row of any kind: its texts in the order of the columns, and its label.
struct ExampleRow {
  std::vector<std::string> texts;  // pairs 2, triplets 3, tuples one a tower, texts 1
  float label = 1;
  std::int64_t line = 0;  // where the row begins, from 1
};

/// Calls `use` with every good row of a file; names skipped rows on standard error at the end.
/// Throws Error at a bad row unless --skip-bad-rows, or where the file holds no row at all.
void for_each_row(const CommandLine&, const std::string& path, RowKind, LabelKind,
                  const ModelConfig&, const std::function<void(ExampleRow&)>& use);

/// Adds a row to the dataset as its kind asks.
void add_row(train::Dataset&, RowKind, const ModelConfig&, const ExampleRow&);

}  // namespace gemel::app
