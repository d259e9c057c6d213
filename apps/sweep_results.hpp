#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gemel::app {

/// What the log of a training tells: the dev metrics of its best epoch, the last one where none is
/// marked so. With several dev sets a metric is named "set/metric".
struct RunFigures {
  std::vector<std::pair<std::string, double>> metrics;
  int epochs = 0, best_epoch = 0;
  double seconds = 0;  // of all epochs
};
/// @param lines one JSON object a line, as `gemel train` logs them
/// Throws Error "FILE:LINE: …" where a line is none, "FILE: …" where there is no line.
RunFigures figures_from_log(std::string_view lines, const std::string& file);

/// A run of a sweep and how far it came.
struct RunState {
  enum class Kind { waiting, done, failed };
  std::string name, changes;  // of its section
  Kind kind = Kind::waiting;
  std::string reason;  // failed: why
  RunFigures figures;  // done
};

/// Mean and sample standard deviation (n − 1; NaN for one value).
struct Spread {
  double mean = 0, deviation = 0;
  std::int64_t count = 0;
};
Spread spread_of(const std::vector<double>& values);

/// All runs of a section as one row.
struct SweepRow {
  std::string name, changes, state;  // "done", "waiting", "2 of 3 done", "failed: …"
  std::int64_t done = 0, wanted = 0;
  std::vector<std::pair<std::string, Spread>> metrics;  // in the order of the first finished run
  double best_epoch = 0, epochs = 0, seconds = 0;       // means; NaN where nothing is done
};
/// @param states runs of the same name stand side by side
std::vector<SweepRow> merge_seeds(const std::vector<RunState>& states);

}  // namespace gemel::app
