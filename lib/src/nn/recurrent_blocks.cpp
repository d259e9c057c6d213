#include "nn/recurrent_blocks.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gemel::nn {
namespace {

constexpr int kGates = 4;

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

// visit(block, its weights of one state and gate) for all weights.
template <class Weight, class Visit>
void for_each_run(Weight* weight, std::int64_t hidden, const Visit& visit) {
  const RecurrentBlocks blocks{hidden};
  for (std::int64_t row = 0; row < hidden * kGates; ++row)
    for (std::int64_t group = 0; group < blocks.groups(); ++group) {
      const std::int64_t unit = group * kBlockUnits;
      visit(size(row / (kGates * kBlockStates) * blocks.groups() + group),
            std::span<Weight>(weight + row * hidden + unit,
                              size(std::min(kBlockUnits, hidden - unit))));
    }
}

std::vector<double> squared_norms(const float* weight, std::int64_t hidden) {
  std::vector<double> norms(size(RecurrentBlocks{hidden}.count()));
  for_each_run(weight, hidden, [&](std::size_t block, std::span<const float> run) {
    for (const float w : run) norms[block] += double{w} * double{w};
  });
  return norms;
}

// use(parameter, H) for the recurrent weights of each LSTM, by their names and shapes.
template <class Use>
void for_each_lstm(const ParameterLayout& layout, const Use& use) {
  for (std::size_t i = 0; i < layout.all().size(); ++i) {
    const ParameterInfo& info = layout.all()[i];
    if (names_recurrent_weights(info.name) && info.shape.size() == 3 && info.shape[1] == kGates &&
        info.shape[0] == info.shape[2])
      use(static_cast<int>(i), info.shape[0]);
  }
}

}  // namespace

std::vector<char> zero_blocks(const float* weight, std::int64_t hidden) {
  std::vector<char> zero;
  for (const double norm : squared_norms(weight, hidden)) zero.push_back(norm == 0);
  return zero;
}

void clear_blocks(float* weight, std::int64_t hidden, const std::vector<char>& blocks) {
  for_each_run(weight, hidden, [&](std::size_t block, std::span<float> run) {
    if (blocks[block]) std::ranges::fill(run, 0.0f);
  });
}

ZeroBlocks::ZeroBlocks(const ParameterBlock& values) {
  for_each_lstm(values.layout(), [&](int parameter, std::int64_t hidden) {
    std::vector<char> blocks = zero_blocks(values.data(parameter), hidden);
    const auto zero = std::ranges::count(blocks, 1);
    all_ += std::ssize(blocks);
    zero_ += zero;
    if (zero > 0) tensors_.push_back({parameter, std::move(blocks)});
  });
}

void ZeroBlocks::clear(ParameterBlock& values) const {
  for (const Tensor& tensor : tensors_)
    clear_blocks(values.data(tensor.parameter), values.layout()[tensor.parameter].shape[0],
                 tensor.blocks);
}

void prune_blocks(ParameterBlock& values, double share) {
  for_each_lstm(values.layout(), [&](int parameter, std::int64_t hidden) {
    const std::vector<double> norms = squared_norms(values.data(parameter), hidden);
    std::vector<std::size_t> order(norms.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t block) { return norms[block]; });
    std::vector<char> blocks(norms.size());
    const auto count =
        static_cast<std::size_t>(std::lround(share * static_cast<double>(order.size())));
    for (std::size_t i = 0; i < count; ++i) blocks[order[i]] = 1;
    clear_blocks(values.data(parameter), hidden, blocks);
  });
}

}  // namespace gemel::nn
