#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/calibration_curve.hpp"
#include "core/metric.hpp"
#include "train/evaluation/scored.hpp"

namespace gemel::evaluation {

using Calibration = CalibrationCurve;

/// Fits w and b by Newton's method with backtracking on the log-loss (Lin, Lin and Weng 2007) of
/// Platt's smoothed targets (N₊+1)/(N₊+2) and 1/(N₋+2), which keep the fit finite where the
/// classes are separable. Where the best slope would be negative, w is 0 and b the smoothed
/// share of positives. No pairs: w = b = 0. Error as rank_steps().
Calibration fit_line(Metric metric, std::span<const Scored> pairs);

/// The same, but from 1,000 pairs on a logarithm enters where it fits markedly better
/// (fit_logarithm()).
Calibration fit_calibration(Metric metric, std::span<const Scored> pairs);

/// Probabilities beside labels.
struct Forecast {
  double probability = 0;
  bool positive = false;
};
std::vector<Forecast> forecast(const Calibration& calibration, Metric metric,
                               std::span<const Scored> pairs);

/// How pairs are put into bins. equal_mass is the default everywhere: as many pairs a bin as can
/// be (equal probabilities stay together), so that no bin's share is guessed from a handful.
/// equal_width cuts [0, 1] evenly, as most published figures do; empty bins are left out.
enum class Binning { equal_mass, equal_width };
struct ReliabilityBin {
  double low = 0, high = 0;     // equal_width: the bin's ends; equal_mass: the extremes within
  std::int64_t count = 0;       // > 0
  double mean_probability = 0;  // said
  double positive_share = 0;    // true
};
/// @param bins 1 to 1000
std::vector<ReliabilityBin> reliability_bins(std::span<const Forecast> forecasts, int bins = 15,
                                             Binning binning = Binning::equal_mass);

/// Σ count/N · |mean_probability − positive_share|, 0 (best) to 1; NaN without bins.
double expected_calibration_error(std::span<const ReliabilityBin> bins);

/// Mean of −log of the probability given to what is true (nat); NaN without forecasts.
double log_loss(std::span<const Forecast> forecasts);
/// Mean squared error of the probabilities; NaN without forecasts.
double brier_score(std::span<const Forecast> forecasts);

}  // namespace gemel::evaluation
