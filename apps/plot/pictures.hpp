#pragma once
#include <string>
#include <vector>

#include "train/evaluation/evaluation.hpp"

namespace gemel::plot {

/// An epoch of a training; NaN for what was not measured.
struct EpochPoint {
  double epoch = 0;     // 1, 2, …; fractions for measurements within an epoch
  double loss = 0;      // training loss
  double dev_loss = 0;  // loss on the dev pairs, NaN if there is none
  double metric = 0;    // dev metric, large = good
};

/// Loss and dev metric by epoch, side by side, the best epoch marked, as an SVG file. Throws Error
/// "gnuplot: is not installed; install gnuplot-nox to draw PATH", or AtomicFile's errors. A caller
/// for whom the picture is a by-product turns that into a warning.
/// @param metric_name as the axis shall call it, e.g. "dev accuracy"
void draw_training(const std::string& path, const std::string& title,
                   const std::vector<EpochPoint>& epochs, const std::string& metric_name);

/// Precision-recall curve (model and baseline) and reliability diagram, side by side, as an SVG
/// file. Errors as draw_training(), and Error "PATH: …" for graded labels, which have neither.
void draw_evaluation(const std::string& path, const std::string& title,
                     const evaluation::Evaluation& evaluation);

}  // namespace gemel::plot
