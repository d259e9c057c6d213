#include "train/evaluation/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <vector>

namespace gemel::evaluation {
namespace {

using Json = nlohmann::ordered_json;

std::string number(double value, const char* format = "%.4f") {
  if (std::isnan(value)) return "–";
  char text[40];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string share(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return "–";
  return std::to_string(part) + " of " + std::to_string(whole) + " (" +
         number(100 * static_cast<double>(part) / static_cast<double>(whole), "%.1f %%") + ")";
}

// Columns on a terminal; every character used here is one column wide.
std::size_t width(const std::string& utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// Text columns to the left, numbers to the right.
std::string table(const std::vector<std::vector<std::string>>& lines, std::size_t text_columns) {
  std::vector<std::size_t> widths(lines.front().size());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width(line[i]));
  std::string out;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string padding(widths[i] - width(line[i]), ' ');
      out += i ? "  " : "";
      out += i < text_columns ? line[i] + padding : padding + line[i];
    }
    out += '\n';
  }
  return out;
}

std::string verdict_table(const Evaluation& e) {
  std::vector<std::vector<std::string>> lines = {{"scorer", "pairs of", "pairs", "threshold",
                                                  "accuracy", "precision", "recall", "F1", "MCC",
                                                  "AP", "AUC"}};
  bool found_here = false;
  for (const Row& r : e.rows) {
    std::string theta = r.threshold ? number(*r.threshold) : "–";
    if (r.threshold_found_here) theta += '*';
    found_here |= r.threshold_found_here;
    const Confusion& c = r.confusion;
    lines.push_back({r.scorer, r.subset, std::to_string(r.pairs), theta, number(c.accuracy()),
                     number(c.precision()), number(c.recall()), number(c.f1()), number(c.mcc()),
                     number(r.average_precision), number(r.roc_auc)});
  }
  std::string out = table(lines, 2);
  if (found_here) out += "* the best for accuracy, found on these very pairs\n";
  return out;
}

std::string best_table(const Evaluation& e) {
  std::vector<std::vector<std::string>> lines = {
      {"best on these pairs", "pairs of", "accuracy", "at", "F1", "at",
       "recall at precision " + number(e.precision, "%.3g"), "at"}};
  for (const Row& r : e.rows) {
    const auto add = [&](const std::optional<Threshold>& t, double value) {
      lines.back().push_back(t ? number(value) : "–");
      lines.back().push_back(t ? number(t->threshold) : "–");
    };
    lines.push_back({r.scorer, r.subset});
    add(r.best_accuracy, r.best_accuracy ? r.best_accuracy->value : 0);
    add(r.best_f1, r.best_f1 ? r.best_f1->value : 0);
    add(r.chosen_precision, r.chosen_precision ? r.chosen_precision->recall : 0);
  }
  return table(lines, 2);
}

std::string correlation_table(const Evaluation& e) {
  std::vector<std::vector<std::string>> lines = {
      {"scorer", "pairs of", "pairs", "Pearson", "Spearman"}};
  for (const Row& r : e.rows)
    lines.push_back(
        {r.scorer, r.subset, std::to_string(r.pairs), number(r.pearson), number(r.spearman)});
  return table(lines, 2);
}

std::string calibration_lines(const Evaluation& e) {
  return "calibration: p = σ(−w·d + b), w = " + number(e.calibration->w) +
         ", b = " + number(e.calibration->b) +
         (e.calibration_fitted_here ? ", fitted on these very pairs\n" : ", from the model\n") +
         "  expected calibration error " + number(e.calibration_error) + " (" +
         std::to_string(e.reliability.size()) + " bins of equal mass), " +
         number(e.calibration_error_equal_width) + " (of equal width)\n  log-loss " +
         number(e.log_loss) + ", Brier score " + number(e.brier) + "\n";
}

std::string overlap_lines(const Overlap& o) {
  return "also in the training file: " + share(o.seen_texts, o.texts) + " texts, " +
         share(o.seen_pairs, o.pairs) +
         " pairs;\n  both texts seen: " + share(o.both_seen, o.pairs) +
         " pairs; neither seen: " + share(o.both_unseen, o.pairs) + " pairs\n";
}

Json json_number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json json_threshold(const std::optional<Threshold>& t) {
  if (!t) return nullptr;
  return {{"threshold", t->threshold}, {"value", t->value}, {"recall", json_number(t->recall)}};
}

Json json_row(const Row& r) {
  Json j = {{"scorer", r.scorer}, {"subset", r.subset}, {"pairs", r.pairs}, {"graded", r.graded}};
  j["pearson"] = json_number(r.pearson);
  j["spearman"] = json_number(r.spearman);
  if (r.graded) return j;
  const Confusion& c = r.confusion;
  j["positives"] = r.positives;
  j["threshold"] = r.threshold ? Json(*r.threshold) : Json(nullptr);
  j["threshold_found_here"] = r.threshold_found_here;
  j["accuracy"] = json_number(c.accuracy());
  j["precision"] = json_number(c.precision());
  j["recall"] = json_number(c.recall());
  j["f1"] = json_number(c.f1());
  j["mcc"] = json_number(c.mcc());
  j["average_precision"] = json_number(r.average_precision);
  j["roc_auc"] = json_number(r.roc_auc);
  j["best"] = {{"accuracy", json_threshold(r.best_accuracy)},
               {"f1", json_threshold(r.best_f1)},
               {"precision", json_threshold(r.chosen_precision)}};
  return j;
}

Json json_calibration(const Evaluation& e) {
  Json bins = Json::array();
  for (const ReliabilityBin& b : e.reliability)
    bins.push_back({{"low", b.low},
                    {"high", b.high},
                    {"count", b.count},
                    {"mean_probability", b.mean_probability},
                    {"positive_share", b.positive_share}});
  return {{"w", e.calibration->w},
          {"b", e.calibration->b},
          {"fitted_here", e.calibration_fitted_here},
          {"expected_calibration_error", json_number(e.calibration_error)},
          {"expected_calibration_error_equal_width", json_number(e.calibration_error_equal_width)},
          {"log_loss", json_number(e.log_loss)},
          {"brier", json_number(e.brier)},
          {"bins", bins}};
}

}  // namespace

std::string to_text(const Evaluation& e) {
  const bool graded =
      std::any_of(e.rows.begin(), e.rows.end(), [](const Row& r) { return r.graded; });
  std::string out = graded ? correlation_table(e) : verdict_table(e) + "\n" + best_table(e);
  if (e.calibration) out += "\n" + calibration_lines(e);
  if (e.overlap) out += "\n" + overlap_lines(*e.overlap);
  return out;
}

std::string to_json(const Evaluation& e) {
  Json j;
  j["rows"] = Json::array();
  for (const Row& r : e.rows) j["rows"].push_back(json_row(r));
  j["chosen_precision"] = e.precision;
  if (e.calibration) j["calibration"] = json_calibration(e);
  if (e.overlap) {
    const Overlap& o = *e.overlap;
    j["overlap"] = {{"texts", o.texts},
                    {"seen_texts", o.seen_texts},
                    {"pairs", o.pairs},
                    {"seen_pairs", o.seen_pairs},
                    {"both_texts_seen", o.both_seen},
                    {"neither_text_seen", o.both_unseen}};
  }
  return j.dump(2) + "\n";
}

}  // namespace gemel::evaluation
