#include "apps/sweep_results.hpp"

#include <algorithm>
#include <cmath>
#include <gemel/error.hpp>
#include <limits>
#include <nlohmann/json.hpp>

namespace gemel::app {
namespace {

using Json = nlohmann::ordered_json;
using Metrics = std::vector<std::pair<std::string, double>>;

// Numbers below `json` by their path: {"quora": {"f1": 0.9}} is quora/f1.
void collect(const Json& json, const std::string& prefix, Metrics& metrics) {
  for (const auto& [key, value] : json.items()) {
    if (value.is_object()) collect(value, prefix + key + "/", metrics);
    if (value.is_number()) metrics.emplace_back(prefix + key, value.get<double>());
  }
}

template <class Read>
double mean_of(const std::vector<const RunState*>& runs, const Read& read) {
  std::vector<double> values;
  for (const RunState* run : runs) values.push_back(static_cast<double>(read(run->figures)));
  return spread_of(values).mean;
}

void add_metrics(SweepRow& row, const std::vector<const RunState*>& done) {
  std::vector<std::string> names;
  for (const RunState* run : done)
    for (const auto& [name, value] : run->figures.metrics)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  for (const std::string& name : names) {
    std::vector<double> values;
    for (const RunState* run : done)
      for (const auto& [metric, value] : run->figures.metrics)
        if (metric == name) values.push_back(value);
    row.metrics.emplace_back(name, spread_of(values));
  }
}

SweepRow merged(const std::vector<const RunState*>& runs) {
  SweepRow row;
  row.name = runs[0]->name;
  row.changes = runs[0]->changes;
  std::vector<const RunState*> done;
  std::string failure;
  for (const RunState* run : runs) {
    if (run->kind == RunState::Kind::done) done.push_back(run);
    if (run->kind == RunState::Kind::failed && failure.empty()) failure = "failed: " + run->reason;
  }
  row.done = static_cast<std::int64_t>(done.size());
  row.wanted = static_cast<std::int64_t>(runs.size());
  row.state = row.done == row.wanted ? "done" : "waiting";
  if (row.done < row.wanted && row.done > 0)
    row.state = std::to_string(row.done) + " of " + std::to_string(row.wanted) + " done";
  if (!failure.empty()) row.state = (row.done > 0 ? row.state + ", " : "") + failure;
  add_metrics(row, done);
  row.best_epoch = mean_of(done, [](const RunFigures& f) { return f.best_epoch; });
  row.epochs = mean_of(done, [](const RunFigures& f) { return f.epochs; });
  row.seconds = mean_of(done, [](const RunFigures& f) { return f.seconds; });
  return row;
}

}  // namespace

RunFigures figures_from_log(std::string_view lines, const std::string& file) {
  RunFigures figures;
  bool best_seen = false;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const Json epoch = Json::parse(lines.substr(0, end), nullptr, false);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    ++figures.epochs;
    if (!epoch.is_object())
      throw Error(file + ":" + std::to_string(figures.epochs), "is no JSON object",
                  "delete the file to train again");
    if (epoch.contains("seconds") && epoch["seconds"].is_number())
      figures.seconds += epoch["seconds"].get<double>();
    const bool best = epoch.value("best", Json(false)) == Json(true);
    if (best_seen && !best) continue;
    best_seen = best_seen || best;
    figures.best_epoch = figures.epochs;
    figures.metrics.clear();
    if (epoch.contains("dev") && epoch["dev"].is_object())
      collect(epoch["dev"], "", figures.metrics);
  }
  if (figures.epochs == 0) throw Error(file, "tells of no epoch", "delete it to train again");
  return figures;
}

Spread spread_of(const std::vector<double>& values) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const auto n = static_cast<double>(values.size());
  Spread spread{kNone, kNone, static_cast<std::int64_t>(values.size())};
  if (values.empty()) return spread;
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  spread.mean = sum / n;
  if (values.size() == 1) return spread;
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  spread.deviation = std::sqrt(squares / (n - 1));
  return spread;
}

std::vector<SweepRow> merge_seeds(const std::vector<RunState>& states) {
  std::vector<SweepRow> rows;
  for (std::size_t begin = 0, end = 0; begin < states.size(); begin = end) {
    std::vector<const RunState*> runs;
    for (; end < states.size() && states[end].name == states[begin].name; ++end)
      runs.push_back(&states[end]);
    rows.push_back(merged(runs));
  }
  return rows;
}

}  // namespace gemel::app
