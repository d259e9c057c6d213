#include "apps/sweep_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "apps/output/table.hpp"
#include "apps/train_progress.hpp"
#include "core/check.hpp"
#include "core/file.hpp"
#include "train/evaluation/text_table.hpp"

namespace gemel::app {
namespace {

using evaluation::table_number;
using Lines = std::vector<std::vector<std::string>>;
constexpr std::size_t kTextColumns = 3;  // run, changes, state

// Metrics of all rows, in order of first appearance.
std::vector<std::string> metric_names(std::span<const SweepRow> rows) {
  std::vector<std::string> names;
  for (const SweepRow& row : rows)
    for (const auto& [name, spread] : row.metrics)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  return names;
}

const Spread* find_metric(const SweepRow& row, const std::string& wanted) {
  for (const auto& [name, spread] : row.metrics)
    if (name == wanted) return &spread;
  return nullptr;
}

std::string shown(const Spread* spread) {
  if (!spread) return "–";
  const std::string mean = table_number(spread->mean);
  return spread->count < 2 ? mean : mean + " ± " + table_number(spread->deviation);
}

// Reasons of failures are too long for a table that people read.
std::string short_state(const std::string& state) {
  const std::size_t colon = state.find(": ");
  return colon == std::string::npos ? state : state.substr(0, colon);
}

Lines lines_for_people(std::span<const SweepRow> rows) {
  const std::vector<std::string> metrics = metric_names(rows);
  Lines lines = {{"run", "changes", "state"}};
  lines[0].insert(lines[0].end(), metrics.begin(), metrics.end());
  for (const char* heading : {"best epoch", "time"}) lines[0].emplace_back(heading);
  for (const SweepRow& row : rows) {
    lines.push_back({row.name, row.changes.empty() ? "–" : row.changes, short_state(row.state)});
    for (const std::string& metric : metrics)
      lines.back().push_back(shown(find_metric(row, metric)));
    const bool any = row.done > 0;
    lines.back().push_back(any ? table_number(row.best_epoch, "%.3g") + " of " +
                                     table_number(row.epochs, "%.3g")
                               : "–");
    lines.back().push_back(any ? clock_text(row.seconds) : "–");
  }
  return lines;
}

std::string markdown(const Lines& lines) {
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    text += '|';
    for (const std::string& cell : lines[i]) {
      text += ' ';
      for (const char c : cell) (c == '|' ? text += '\\' : text) += c;
      text += " |";
    }
    text += '\n';
    if (i > 0) continue;
    for (std::size_t column = 0; column < lines[0].size(); ++column)
      text += column < kTextColumns ? "|---" : "|---:";
    text += "|\n";
  }
  return text;
}

void write_for_programs(AtomicFile& file, output::TableFormat format,
                        std::span<const SweepRow> rows) {
  const std::vector<std::string> metrics = metric_names(rows);
  std::vector<std::string> columns = {"run", "changes", "state", "done", "wanted"};
  for (const std::string& metric : metrics) {
    columns.push_back(metric);
    columns.push_back(metric + "_sd");
  }
  for (const char* column : {"best_epoch", "epochs", "seconds"}) columns.emplace_back(column);
  output::TableWriter writer(file, format, columns);
  for (const SweepRow& row : rows) {
    std::vector<output::Cell> cells = {std::string_view(row.name), std::string_view(row.changes),
                                       std::string_view(row.state), row.done, row.wanted};
    for (const std::string& metric : metrics) {
      const Spread* spread = find_metric(row, metric);
      cells.push_back(spread ? output::Cell(spread->mean) : output::Cell());
      cells.push_back(spread ? output::Cell(spread->deviation) : output::Cell());
    }
    for (const double value : {row.best_epoch, row.epochs, row.seconds}) cells.emplace_back(value);
    writer.row(cells);
  }
}

constexpr std::array<std::string_view, 5> kFormats = {"text", "markdown", "tsv", "csv", "jsonl"};
constexpr std::array<std::string_view, 5> kEndings = {"txt", "md", "tsv", "csv", "jsonl"};

}  // namespace

SweepFormat sweep_format_from_name(std::string_view name) {
  return static_cast<SweepFormat>(index_of_name("output format", name, kFormats));
}

std::string_view file_ending(SweepFormat format) {
  return kEndings[static_cast<std::size_t>(format)];
}

void write_sweep_table(AtomicFile& file, SweepFormat format, std::span<const SweepRow> rows) {
  switch (format) {
    case SweepFormat::text:
      return file.write(evaluation::text_table(lines_for_people(rows), kTextColumns));
    case SweepFormat::markdown:
      return file.write(markdown(lines_for_people(rows)));
    default:
      return write_for_programs(
          file, output::table_format_from_name(kFormats[static_cast<std::size_t>(format)]), rows);
  }
}

}  // namespace gemel::app
