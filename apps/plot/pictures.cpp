#include "apps/plot/pictures.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <gemel/error.hpp>

#include "apps/plot/plot.hpp"

namespace gemel::plot {
namespace {

std::string short_number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

Axis epoch_axis(const std::vector<EpochPoint>& epochs) {
  Axis axis{"epoch", {}, {}, {}};
  if (epochs.empty()) return axis;
  // Half an epoch of room, so that a single point does not sit on the border.
  axis.low = std::min(epochs.front().epoch, epochs.back().epoch) - 0.5;
  axis.high = std::max(epochs.front().epoch, epochs.back().epoch) + 0.5;
  if (epochs.size() <= 12) axis.step = 1;
  return axis;
}

Series epoch_series(const std::string& title, int color, const std::vector<EpochPoint>& epochs,
                    double EpochPoint::*value) {
  Series series{title, Style::line_with_points, color, {}};
  for (const EpochPoint& e : epochs) series.points.push_back({e.epoch, e.*value});
  return series;
}

Series best_epoch(const std::vector<EpochPoint>& epochs) {
  const EpochPoint* best = nullptr;
  for (const EpochPoint& e : epochs)
    if (std::isfinite(e.metric) && (!best || e.metric > best->metric)) best = &e;
  if (!best) return {};
  return {"best: " + short_number(best->metric) + ", epoch " + short_number(best->epoch),
          Style::points,
          1,
          {{best->epoch, best->metric}}};
}

Series pr_series(const std::string& title, int color,
                 const std::vector<evaluation::CurvePoint>& curve) {
  Series series{title, Style::line, color, {}};
  for (const evaluation::CurvePoint& p : curve) series.points.push_back({p.recall, p.precision});
  return series;
}

const evaluation::Row* row_of(const evaluation::Evaluation& e, const std::string& scorer) {
  for (const evaluation::Row& r : e.rows)
    if (r.scorer == scorer && r.subset == "all") return &r;
  return nullptr;
}

std::string with_area(const evaluation::Evaluation& e, const std::string& scorer) {
  const evaluation::Row* row = row_of(e, scorer);
  return row ? scorer + " (AP " + short_number(row->average_precision) + ")" : scorer;
}

Panel precision_recall_panel(const evaluation::Evaluation& e) {
  Panel panel{
      "precision and recall", {"recall", 0, 1, 0.2}, {"precision", 0, 1, 0.2}, "bottom left", {}};
  panel.series.push_back(pr_series(with_area(e, "TF-IDF"), 3, e.baseline_curve));
  panel.series.push_back(pr_series(with_area(e, "model"), 0, e.curve));
  const evaluation::Row* row = row_of(e, "model");
  if (row && row->threshold) {
    const double recall = row->confusion.recall(), precision = row->confusion.precision();
    panel.series.push_back({"at the threshold " + short_number(double{*row->threshold}),
                            Style::points,
                            1,
                            {{recall, precision}}});
  }
  return panel;
}

Panel reliability_panel(const evaluation::Evaluation& e) {
  Panel panel{"reliability (calibration error " + short_number(e.calibration_error) + ")",
              {"probability said", 0, 1, 0.2},
              {"share of duplicates", 0, 1, 0.2},
              "top left",
              {}};
  panel.series.push_back({"perfect", Style::dashed, 3, {{0, 0}, {1, 1}}});
  Series model{"model", Style::line_with_points, 0, {}};
  for (const evaluation::ReliabilityBin& b : e.reliability)
    model.points.push_back({b.mean_probability, b.positive_share});
  panel.series.push_back(std::move(model));
  return panel;
}

}  // namespace

void draw_training(const std::string& path, const std::string& title,
                   const std::vector<EpochPoint>& epochs, const std::string& metric_name) {
  Panel loss{"loss", epoch_axis(epochs), {"loss", {}, {}, {}}, "top right", {}};
  loss.series.push_back(epoch_series("training", 0, epochs, &EpochPoint::loss));
  loss.series.push_back(epoch_series("dev", 2, epochs, &EpochPoint::dev_loss));
  Panel metric{metric_name, epoch_axis(epochs), {metric_name, {}, {}, {}}, "bottom right", {}};
  metric.series.push_back(epoch_series("", 0, epochs, &EpochPoint::metric));
  metric.series.push_back(best_epoch(epochs));
  draw_svg(path, title, {loss, metric});
}

void draw_evaluation(const std::string& path, const std::string& title,
                     const evaluation::Evaluation& evaluation) {
  if (!evaluation.rows.empty() && evaluation.rows.front().graded)
    throw Error(path, "graded labels have no precision and recall to draw",
                "give pairs labelled 0 and 1");
  draw_svg(path, title, {precision_recall_panel(evaluation), reliability_panel(evaluation)});
}

}  // namespace gemel::plot
