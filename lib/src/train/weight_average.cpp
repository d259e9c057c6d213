#include "train/weight_average.hpp"

#include <algorithm>

#include "core/simd.hpp"

namespace gemel::train {
namespace {

GEMEL_SIMD_CLONES
void approach(const float* x, std::int64_t n, float share, float* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] += share * (x[i] - y[i]);
}

}  // namespace

WeightAverage::WeightAverage(const AverageOptions& options, const ParameterLayout& layout)
    : options_(options) {
  const int count = options.kind == AverageKind::none  ? 0
                    : options.kind == AverageKind::ema ? 1
                                                       : options.last;
  for (int i = 0; i < count; ++i) blocks_.push_back(std::make_unique<ParameterBlock>(layout));
}

void WeightAverage::after_step(const ParameterBlock& values, std::int64_t step) {
  if (options_.kind != AverageKind::ema) return;
  const auto t = static_cast<double>(step);
  const double decay = step == 1 ? 0 : std::min(double{options_.decay}, (1 + t) / (10 + t));
  const auto from = values.all();
  approach(from.data(), static_cast<std::int64_t>(from.size()), static_cast<float>(1 - decay),
           blocks_[0]->all().data());
}

void WeightAverage::after_epoch(const ParameterBlock& values, int epoch) {
  if (options_.kind != AverageKind::last) return;
  std::ranges::copy(values.all(),
                    blocks_[static_cast<std::size_t>(epoch % options_.last)]->all().begin());
}

void WeightAverage::write(const ParameterBlock& values, int epochs, ParameterBlock& out) const {
  if (options_.kind == AverageKind::none) {
    std::ranges::copy(values.all(), out.all().begin());
  } else if (options_.kind == AverageKind::ema) {
    std::ranges::copy(blocks_[0]->all(), out.all().begin());
  } else {
    const int count = std::min(epochs, options_.last);
    std::ranges::fill(out.all(), 0.0f);
    for (int i = 0; i < count; ++i) {
      const auto from = blocks_[static_cast<std::size_t>(i)]->all();
      approach(from.data(), static_cast<std::int64_t>(from.size()),
               1.0f / static_cast<float>(i + 1), out.all().data());
    }
  }
}

std::vector<ParameterBlock*> WeightAverage::blocks() {
  std::vector<ParameterBlock*> all;
  for (const auto& block : blocks_) all.push_back(block.get());
  return all;
}

}  // namespace gemel::train
