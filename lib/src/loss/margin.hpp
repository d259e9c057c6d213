#pragma once
#include <cstdint>
#include <string_view>

#include "core/metric.hpp"

namespace gemel::loss {

/// How the margin of a contrastive or triplet loss moves while the model trains.
///   constant      start
///   linear        from start to end, evenly
///   cosine        from start to end, slowly at both ends: start + (end − start)·(1 − cos πs)/2
///   distribution  follows the distances seen, see MarginState
enum class MarginKind { constant, linear, cosine, distribution };

std::string_view name(MarginKind);
MarginKind margin_kind_from_name(std::string_view);  ///< throws Error with the allowed names

struct MarginOptions {
  MarginKind kind = MarginKind::constant;
  float start = 0.5f;  ///< metric's unit; for distribution the least, and that of the first batch
  float end = 1.0f;    ///< metric's unit; for distribution the most; not used by constant
  float scale = 1.0f;  ///< distribution only: times the boundary found; 0.1 to 10

  /// Throws Error "margin: is VALUE; allowed is 0.001 to HIGH", or "margin end" or "margin scale".
  /// HIGH is cosine 2, exp-manhattan 1, else 1e6; for distribution end is at least start.
  void validate(Metric metric) const;
};

/// Margin after `share_done` (0 to 1, else clamped) of the training; for distribution `start`.
double margin_at(const MarginOptions& options, double share_done);

/// Distances of a batch's pairs of one label.
struct DistanceStatistics {
  std::int64_t count = 0;
  double mean = 0, deviation = 0;  // of the population, metric's unit
};

/// What a checkpoint keeps of a `distribution` margin: sums of count, d and d² over the pairs seen,
/// each batch weighing kMarginDecay times the next.
///
/// The margin is scale × the boundary between positives and negatives,
///   boundary = (m₊·s₋ + m₋·s₊)/(s₊ + s₋),  m means, s deviations,
/// the point that lies equally many deviations from both: where normal distributions of those
/// moments give as many false positives as false negatives. Negatives beyond it are told apart
/// already and cost nothing, those inside are the errors. A margin tied to m₋ alone would
/// always hold half of the negatives and, pushing them, run away under a distance without bound;
/// this one comes to rest once the two are apart. It is kept within [start, end]: the lower bound
/// keeps a model that maps everything to one point from also losing its margin.
struct MarginState {
  double positive_count = 0, positive_sum = 0, positive_squares = 0;
  double negative_count = 0, negative_sum = 0, negative_squares = 0;

  /// Takes in a batch. A count of 0 leaves that label's sums alone.
  void update(const DistanceStatistics& positives, const DistanceStatistics& negatives);
  /// Margin for the next batch: `start` until both labels were seen.
  double current(const MarginOptions& options) const;
};

constexpr double kMarginDecay = 0.95;

}  // namespace gemel::loss
