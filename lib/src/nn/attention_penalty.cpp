#include "nn/attention_penalty.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace gemel::nn {
namespace {

// A·Aᵀ − I of text n, symmetric. excess: [heads, heads].
void fill_excess(const Ragged& batch, int n, std::size_t heads, const float* weights,
                 std::vector<double>& excess) {
  std::fill(excess.begin(), excess.end(), 0.0);
  for (std::size_t k = 0; k < heads; ++k) excess[k * heads + k] = -1;
  for (int t = 0; t < batch.lengths[n]; ++t) {
    const float* row = weights + batch.row(t, n) * static_cast<std::ptrdiff_t>(heads);
    for (std::size_t i = 0; i < heads; ++i)
      for (std::size_t j = 0; j < heads; ++j) excess[i * heads + j] += double{row[i]} * row[j];
  }
}

}  // namespace

double attention_penalty(const Ragged& batch, int head_count, const float* weights, double factor,
                         float* dweights) {
  const auto heads = static_cast<std::size_t>(head_count);
  std::fill_n(dweights, static_cast<std::size_t>(batch.rows()) * heads, 0.0f);
  std::vector<double> excess(heads * heads);
  double penalty = 0;
  for (int n = 0; n < batch.texts; ++n) {
    fill_excess(batch, n, heads, weights, excess);
    for (const double e : excess) penalty += e * e;
    for (int t = 0; t < batch.lengths[n]; ++t) {
      const std::ptrdiff_t at = batch.row(t, n) * head_count;
      for (std::size_t i = 0; i < heads; ++i) {
        double sum = 0;  // of (A·Aᵀ − I)·A
        for (std::size_t j = 0; j < heads; ++j)
          sum += excess[i * heads + j] * weights[at + static_cast<std::ptrdiff_t>(j)];
        dweights[at + static_cast<std::ptrdiff_t>(i)] = static_cast<float>(4 * factor * sum);
      }
    }
  }
  return penalty;
}

}  // namespace gemel::nn
