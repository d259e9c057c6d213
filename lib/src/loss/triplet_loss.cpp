#include "loss/triplet_loss.hpp"

#include <algorithm>

#include "core/check.hpp"
#include "loss/row_distances.hpp"

namespace gemel::loss {
namespace {

// What the hinge compares, and its slope in distance().
struct Measure {
  double value = 0, slope = 1;
};
Measure measure(Metric metric, float d) {
  if (metric != Metric::euclidean) return {double{d}, 1};
  return {double{d} * double{d}, 2 * double{d}};
}

}  // namespace

void TripletLossOptions::validate() const {
  check_range("margin", double{margin}, 0.001, largest_margin(metric));
}

TripletLossResult triplet_loss(const TripletLossOptions& options, ConstMatrixView embeddings,
                               std::span<const Triplet> triplets, MatrixView gradient) {
  TripletLossResult result;
  for (const Triplet& t : triplets) result.weight += double{t.weight};
  if (!(result.weight > 0)) return result;

  const RowDistances rows(options.metric, embeddings, gradient);
  for (const Triplet& t : triplets) {
    const RowDistances::Value positive = rows.forward(t.anchor, t.positive);
    const RowDistances::Value negative = rows.forward(t.anchor, t.negative);
    result.positive_distance += double{positive.d};
    result.negative_distance += double{negative.d};
    ++result.count;
    const Measure near = measure(options.metric, positive.d);
    const Measure far = measure(options.metric, negative.d);
    const double loss = near.value - far.value + double{options.margin};
    if (!(loss > 0)) continue;
    ++result.active;
    const double share = double{t.weight} / result.weight;
    result.loss += share * loss;
    rows.backward(t.anchor, t.positive, positive, static_cast<float>(share * near.slope));
    rows.backward(t.anchor, t.negative, negative, static_cast<float>(-share * far.slope));
  }
  result.positive_distance /= static_cast<double>(result.count);
  result.negative_distance /= static_cast<double>(result.count);
  return result;
}

}  // namespace gemel::loss
