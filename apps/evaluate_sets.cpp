#include "apps/evaluate_sets.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "apps/bundle_files.hpp"
#include "train/evaluation/report.hpp"
#include "train/evaluation/text_table.hpp"

namespace gemel::app {
namespace {

using evaluation::Row;
using Json = nlohmann::ordered_json;
using Lines = std::vector<std::vector<std::string>>;

// Whose rows, and of which pairs.
struct Key {
  std::string scorer, subset;
};

// A column of figures, and how a row of the model gives it.
struct Figure {
  const char* heading;
  const char* key;  // in JSON
  double (*read)(const Row&);
};
constexpr Figure kBinary[] = {
    {"accuracy", "accuracy", [](const Row& r) { return r.confusion.accuracy(); }},
    {"best acc.", "best_accuracy",
     [](const Row& r) { return r.best_accuracy ? r.best_accuracy->value : std::nan(""); }},
    {"AP", "average_precision", [](const Row& r) { return r.average_precision; }},
    {"F1", "f1", [](const Row& r) { return r.confusion.f1(); }},
    {"AUC", "roc_auc", [](const Row& r) { return r.roc_auc; }},
    {"ECE", "expected_calibration_error", [](const Row& r) { return r.calibration_error; }}};
constexpr Figure kGraded[] = {{"Pearson", "pearson", [](const Row& r) { return r.pearson; }},
                              {"Spearman", "spearman", [](const Row& r) { return r.spearman; }}};

std::span<const Figure> figures(bool graded) {
  return graded ? std::span<const Figure>(kGraded) : std::span<const Figure>(kBinary);
}

const Row& whole(const SetReport& report) {
  return report.evaluation.rows.front();
}

std::vector<const SetReport*> of_kind(std::span<const SetReport> reports, bool graded) {
  std::vector<const SetReport*> kept;
  for (const SetReport& report : reports)
    if (whole(report).graded == graded) kept.push_back(&report);
  return kept;
}

// Rows that tables show: the model's by distance, and by its pair head.
bool shown(const Row& row) {
  return row.scorer == "model" || row.scorer == "pair head";
}
std::string row_name(const std::string& name, const std::string& scorer) {
  return scorer == "model" ? name : name + ", " + scorer;
}

// One a report.
std::vector<const Row*> rows_of(const std::vector<const SetReport*>& reports, const Key& key) {
  std::vector<const Row*> rows;
  for (const SetReport* report : reports)
    for (const Row& row : report->evaluation.rows)
      if (row.scorer == key.scorer && row.subset == key.subset) rows.push_back(&row);
  return rows;
}

// Those that a mean is worth: of several sets.
std::vector<Key> means(const std::vector<const SetReport*>& reports) {
  std::vector<Key> keys;
  if (reports.size() < 2) return keys;
  for (const Row& row : reports.front()->evaluation.rows)
    if (shown(row)) keys.push_back({row.scorer, row.subset});
  return keys;
}

double mean(const std::vector<const Row*>& rows, const Figure& figure) {
  double sum = 0;
  for (const Row* row : rows) sum += figure.read(*row);
  return sum / static_cast<double>(rows.size());
}

// What stands before the figures.
std::vector<std::string> row_head(const std::string& name, const Row& row) {
  std::vector<std::string> head = {name, row.subset, std::to_string(row.pairs)};
  if (row.graded) return head;
  const std::string theta = row.threshold ? evaluation::table_number(double{*row.threshold}) : "–";
  head.push_back(std::to_string(row.positives));
  head.push_back(theta + (row.threshold_found_here ? "*" : ""));
  return head;
}

std::string kind_table(const std::vector<const SetReport*>& reports, bool graded) {
  if (reports.empty()) return "";
  Lines lines = {{graded ? "graded set" : "set", "pairs of", "pairs"}};
  if (!graded) lines[0].insert(lines[0].end(), {"positive", "threshold"});
  const std::size_t head = lines[0].size();
  for (const Figure& figure : figures(graded)) lines[0].emplace_back(figure.heading);
  bool found_here = false;
  for (const SetReport* report : reports)
    for (const Row& row : report->evaluation.rows) {
      if (!shown(row)) continue;
      lines.push_back(row_head(row_name(report->set.name, row.scorer), row));
      for (const Figure& figure : figures(graded))
        lines.back().push_back(evaluation::table_number(figure.read(row)));
      found_here |= row.threshold_found_here;
    }
  for (const Key& key : means(reports)) {
    lines.push_back({row_name("mean", key.scorer), key.subset});
    lines.back().resize(head);
    for (const Figure& figure : figures(graded))
      lines.back().push_back(evaluation::table_number(mean(rows_of(reports, key), figure)));
  }
  return evaluation::text_table(lines, 2) +
         (found_here ? "* the best for accuracy, found on these very pairs\n" : "");
}

std::string overlap_line(const SetReport& report) {
  const evaluation::Overlap& o = *report.evaluation.overlap;
  return report.set.name +
         ": also in the training data: " + evaluation::table_share(o.seen_texts, o.texts) +
         " texts, " + evaluation::table_share(o.seen_pairs, o.pairs) + " pairs\n";
}

Json mean_json(const std::vector<const SetReport*>& reports, bool graded) {
  Json json = Json::object();
  for (const Key& key : means(reports))
    for (const Figure& figure : figures(graded)) {
      const double value = mean(rows_of(reports, key), figure);
      json[row_name(key.subset, key.scorer)][figure.key] =
          std::isfinite(value) ? Json(value) : Json(nullptr);
    }
  return json;
}

LabelledSet set_from_argument(const std::string& argument) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string::npos || equals == 0 || std::filesystem::exists(argument))
    return {base_name(argument), argument};
  return {argument.substr(0, equals), argument.substr(equals + 1)};
}

}  // namespace

std::vector<LabelledSet> sets_from_arguments(std::span<const std::string> arguments,
                                             std::span<const std::string> graded) {
  std::vector<LabelledSet> sets;
  std::string names;
  for (const std::string& argument : arguments) {
    LabelledSet set = set_from_argument(argument);
    for (const LabelledSet& other : sets) {
      if (other.path == "-" && set.path == "-")
        throw UsageError("standard input can be read only once");
      if (other.name == set.name)
        throw UsageError("two sets are named '" + set.name + "'; name them with NAME=FILE");
    }
    set.graded = std::find(graded.begin(), graded.end(), set.name) != graded.end();
    names += (names.empty() ? "" : ", ") + set.name;
    sets.push_back(std::move(set));
  }
  for (const std::string& name : graded)
    if (std::none_of(sets.begin(), sets.end(), [&](auto& set) { return set.name == name; }))
      throw UsageError("graded-set: '" + name + "' is not known; choose among " + names);
  return sets;
}

std::string sets_to_text(std::span<const SetReport> reports) {
  std::string text;
  for (const bool graded : {false, true}) {
    const std::string table = kind_table(of_kind(reports, graded), graded);
    if (!text.empty() && !table.empty()) text += "\n";
    text += table;
  }
  if (reports.front().evaluation.overlap) text += "\n";
  for (const SetReport& report : reports)
    if (report.evaluation.overlap) text += overlap_line(report);
  return text;
}

std::string sets_to_json(std::span<const SetReport> reports) {
  Json json;
  json["sets"] = Json::array();
  for (const SetReport& report : reports) {
    Json set = {{"name", report.set.name}, {"file", report.set.path}};
    set.update(Json::parse(evaluation::to_json(report.evaluation)));
    json["sets"].push_back(std::move(set));
  }
  json["mean"] = {{"binary", mean_json(of_kind(reports, false), false)},
                  {"graded", mean_json(of_kind(reports, true), true)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace gemel::app
