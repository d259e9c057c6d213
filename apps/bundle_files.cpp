#include "apps/bundle_files.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace gemel::app {

std::string base_name(const std::string& path) {
  return path == "-" ? "standard input" : std::filesystem::path(path).filename().string();
}

std::string shown_name(const std::string& path) {
  return path == "-" ? "standard input" : path;
}

std::string counted(std::int64_t number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

void store_evaluation(Bundle& bundle, const evaluation::Evaluation& found,
                      const std::string& source) {
  if (found.rows.empty() || found.rows[0].graded) return;
  const evaluation::Row& row = found.rows[0];
  const std::string name = base_name(source);
  const auto stored = [&](const std::optional<evaluation::Threshold>& t) {
    return t ? std::optional<Threshold>({t->threshold, t->value, name, row.pairs}) : std::nullopt;
  };
  bundle.thresholds.accuracy = stored(row.best_accuracy);
  bundle.thresholds.f1 = stored(row.best_f1);
  bundle.thresholds.precision = stored(row.chosen_precision);
  bundle.thresholds.precision_target = found.precision;
  if (found.calibration)
    bundle.calibration = Calibration{static_cast<float>(found.calibration->w),
                                     static_cast<float>(found.calibration->b),
                                     found.calibration_error,
                                     name,
                                     static_cast<float>(found.calibration->v),
                                     static_cast<float>(found.calibration->near)};
}

evaluation::Evaluation find_thresholds(Metric metric, std::vector<evaluation::Scored> scores,
                                       double precision) {
  evaluation::EvaluationInput input;
  input.metric = metric;
  input.model = std::move(scores);
  input.precision = precision;
  return evaluation::evaluate(input);
}

std::optional<HeadVerdict> find_head_verdict(std::span<const evaluation::Scored> head,
                                             std::span<const evaluation::Scored> scores,
                                             const std::string& source) {
  constexpr double kReached = 0.99;  // share of the head's duplicates that candidates must reach
  const auto best = evaluation::best_accuracy_threshold(head);
  if (!best) return std::nullopt;
  std::vector<float> reached;
  for (std::size_t i = 0; i < head.size(); ++i)
    if (head[i].score >= best->threshold) reached.push_back(scores[i].score);
  std::sort(reached.begin(), reached.end());
  const auto lost = static_cast<std::size_t>((1 - kReached) * static_cast<double>(reached.size()));
  return HeadVerdict{best->threshold, best->value, reached.empty() ? 0 : reached[lost],
                     base_name(source), static_cast<std::int64_t>(head.size())};
}

std::map<std::string, double> judge_scores(const std::vector<float>& scores,
                                           const std::vector<float>& labels) {
  std::vector<evaluation::Scored> pairs;
  pairs.reserve(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) pairs.push_back({scores[i], labels[i]});
  std::map<std::string, double> metrics;
  const auto put = [&](const char* name, double value) {
    if (std::isfinite(value)) metrics[name] = value;
  };
  if (evaluation::is_graded(pairs)) {
    put("pearson", evaluation::pearson(pairs));
    put("spearman", evaluation::spearman(pairs));
    return metrics;
  }
  put("average_precision", evaluation::average_precision(pairs));
  put("roc_auc", evaluation::roc_auc(pairs));
  if (const auto best = evaluation::best_accuracy_threshold(pairs)) {
    put("accuracy", best->value);
    put("mcc", evaluation::confusion_at(pairs, best->threshold).mcc());
  }
  if (const auto best = evaluation::best_f1_threshold(pairs)) put("f1", best->value);
  return metrics;
}

}  // namespace gemel::app
