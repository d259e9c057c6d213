#include "apps/verdict_threshold.hpp"

#include <cmath>
#include <cstdio>
#include <gemel/error.hpp>
#include <limits>

#include "core/check.hpp"

namespace gemel::app {
namespace {

std::string text_of(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

VerdictThreshold from_probability(const Bundle& bundle, double p) {
  check_range("probability", p, 0.000001, 0.999999);
  if (!bundle.calibration)
    throw Error("probability", "the model is not calibrated",
                "calibrate it with 'gemel evaluate --write', or give --threshold");
  const std::optional<double> d = bundle.calibration->curve().distance_at(p);
  if (!d)
    throw Error("probability", "the model's calibration does not depend on the distance",
                "give --threshold");
  return {score_from_distance(bundle.metric, static_cast<float>(*d)), "probability " + text_of(p)};
}

VerdictThreshold from_precision(const Bundle& bundle, double precision) {
  const Thresholds& t = bundle.thresholds;
  if (std::abs(precision - t.precision_target) > 1e-9 || !t.precision)
    throw Error("precision",
                t.precision ? "the model holds a threshold for precision " +
                                  text_of(t.precision_target) + ", not " + text_of(precision)
                            : "the model holds no threshold for a precision",
                "find one with 'gemel evaluate --precision-target " + text_of(precision) +
                    " --write PAIRS', or give --threshold");
  return {t.precision->score, "precision " + text_of(precision) + " on " + t.precision->found_on};
}

}  // namespace

void add_threshold_options(po::options_description& group) {
  group.add_options()                                                                    //
      ("threshold", po::value<float>(), "score from which on two texts are duplicates")  //
      ("probability", po::value<double>(),
       "the same as a probability, by the model's calibration")                      //
      ("precision", po::value<double>(), "the stored threshold for this precision")  //
      ("metric", po::value<std::string>(),
       "compare by another metric than the model's; needs --threshold or --top");
}

std::string score_threshold_option(const CommandLine& line) {
  for (const char* option : {"threshold", "probability", "precision"})
    if (line.has(option)) return option;
  return "";
}

VerdictThreshold choose_threshold(const CommandLine& line, const Bundle& bundle, Metric metric) {
  const int asked = line.has("threshold") + line.has("probability") + line.has("precision");
  if (asked > 1) throw UsageError("give one of --threshold, --probability and --precision");
  if (const auto given = line.find<float>("threshold")) {
    if (!std::isfinite(*given)) throw UsageError("--threshold must be a finite number");
    return {*given, "--threshold"};
  }
  if (metric != bundle.metric)
    throw UsageError("the model's thresholds are for " + std::string(name(bundle.metric)) +
                     "; give --threshold for " + std::string(name(metric)));
  if (const auto p = line.find<double>("probability")) return from_probability(bundle, *p);
  if (const auto p = line.find<double>("precision")) return from_precision(bundle, *p);
  const Thresholds& t = bundle.thresholds;
  if (t.accuracy) return {t.accuracy->score, "best accuracy on " + t.accuracy->found_on};
  if (bundle.calibration) return from_probability(bundle, 0.5);
  throw Error("model", "holds no threshold",
              "give --threshold, or find one with 'gemel evaluate --write PAIRS'");
}

float probability_of(const Bundle& bundle, Metric metric, float score) {
  if (!bundle.calibration || metric != bundle.metric)
    return std::numeric_limits<float>::quiet_NaN();
  return static_cast<float>(
      bundle.calibration->curve().probability(distance_from_score(metric, score)));
}

}  // namespace gemel::app
