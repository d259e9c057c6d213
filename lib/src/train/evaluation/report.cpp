#include "train/evaluation/report.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "train/evaluation/text_table.hpp"

namespace gemel::evaluation {
namespace {

using Json = nlohmann::ordered_json;

std::string verdict_table(const Evaluation& e) {
  std::vector<std::vector<std::string>> lines = {{"scorer", "pairs of", "pairs", "threshold",
                                                  "accuracy", "precision", "recall", "F1", "MCC",
                                                  "AP", "AUC"}};
  bool found_here = false;
  for (const Row& r : e.rows) {
    std::string theta = r.threshold ? table_number(*r.threshold) : "–";
    if (r.threshold_found_here) theta += '*';
    found_here |= r.threshold_found_here;
    const Confusion& c = r.confusion;
    lines.push_back({r.scorer, r.subset, std::to_string(r.pairs), theta, table_number(c.accuracy()),
                     table_number(c.precision()), table_number(c.recall()), table_number(c.f1()),
                     table_number(c.mcc()), table_number(r.average_precision),
                     table_number(r.roc_auc)});
  }
  std::string out = text_table(lines, 2);
  if (found_here) out += "* the best for accuracy, found on these very pairs\n";
  return out;
}

std::string best_table(const Evaluation& e) {
  std::vector<std::vector<std::string>> lines = {
      {"best on these pairs", "pairs of", "accuracy", "at", "F1", "at",
       "recall at precision " + table_number(e.precision, "%.3g"), "at"}};
  for (const Row& r : e.rows) {
    const auto add = [&](const std::optional<Threshold>& t, double value) {
      lines.back().push_back(t ? table_number(value) : "–");
      lines.back().push_back(t ? table_number(t->threshold) : "–");
    };
    lines.push_back({r.scorer, r.subset});
    add(r.best_accuracy, r.best_accuracy ? r.best_accuracy->value : 0);
    add(r.best_f1, r.best_f1 ? r.best_f1->value : 0);
    add(r.chosen_precision, r.chosen_precision ? r.chosen_precision->recall : 0);
  }
  return text_table(lines, 2);
}

std::string correlation_table(const Evaluation& e) {
  std::vector<std::vector<std::string>> lines = {
      {"scorer", "pairs of", "pairs", "Pearson", "Spearman"}};
  for (const Row& r : e.rows)
    lines.push_back({r.scorer, r.subset, std::to_string(r.pairs), table_number(r.pearson),
                     table_number(r.spearman)});
  return text_table(lines, 2);
}

std::string curve_text(const CalibrationCurve& c) {
  const std::string line = "w = " + table_number(c.w) + ", b = " + table_number(c.b);
  if (!(c.v > 0)) return "p = σ(−w·d + b), " + line;
  return "p = σ(−w·d − v·ln(d + near) + b), " + line + ", v = " + table_number(c.v) +
         ", near = " + table_number(c.near);
}

std::string calibration_lines(const Evaluation& e) {
  return "calibration: " + curve_text(*e.calibration) +
         (e.calibration_fitted_here ? ", fitted on these very pairs\n" : ", from the model\n") +
         "  expected calibration error " + table_number(e.calibration_error) + " (" +
         std::to_string(e.reliability.size()) + " bins of equal mass), " +
         table_number(e.calibration_error_equal_width) + " (of equal width)\n  log-loss " +
         table_number(e.log_loss) + ", Brier score " + table_number(e.brier) + "\n";
}

std::string overlap_lines(const Overlap& o) {
  return "also in the training file: " + table_share(o.seen_texts, o.texts) + " texts, " +
         table_share(o.seen_pairs, o.pairs) +
         " pairs;\n  both texts seen: " + table_share(o.both_seen, o.pairs) +
         " pairs; neither seen: " + table_share(o.both_unseen, o.pairs) + " pairs\n";
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
  j["expected_calibration_error"] = json_number(r.calibration_error);
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
          {"v", e.calibration->v},
          {"near", e.calibration->near},
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
