#include <algorithm>

#include "infer/engine/lstm_engine.hpp"

namespace gemel::infer {
namespace {

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

}  // namespace

// Outputs of lower layers stand behind each other with shortcuts, the embedding first; else two
// buffers are taken in turn.
std::int64_t LstmEngine::states_stride() const {
  return config_.shortcut ? config_.embedding_size + 2 * width_ * (config_.layers - 1) : 2 * width_;
}

float* LstmEngine::states_of(Scratch& scratch, int layer, std::int64_t token) const {
  if (!config_.shortcut) return scratch.states[size(layer % 2)].data() + token * states_stride();
  return scratch.states[0].data() + token * states_stride() + config_.embedding_size +
         2 * width_ * layer;
}

const float* LstmEngine::layer_input(Scratch& scratch, int layer, std::int64_t token) const {
  if (layer == 0)
    return embedding_.row(scratch.ids[size(token)],
                          scratch.input_rows.x.data() + token * config_.embedding_size);
  const std::size_t buffer = config_.shortcut ? 0 : size((layer - 1) % 2);
  return scratch.states[buffer].data() + token * states_stride();
}

// W·x + b of all tokens where there is no table.
void LstmEngine::make_inputs(int layer, std::size_t direction, Scratch& scratch) const {
  const auto tokens = static_cast<std::int64_t>(scratch.ids.size());
  const std::int64_t row = input_bytes(*kernels_, width_);
  if (layer == 0) scratch.input_rows.x.reserve_discard(size(tokens * config_.embedding_size));
  for (std::int64_t token = 0; token < tokens; ++token) {
    scratch.x[size(token)] = layer_input(scratch, layer, token);
    scratch.out[size(token)] = scratch.inputs.data() + token * row;
  }
  const InputRows& weights = layers_[size(layer)].input[direction];
  weights.reserve(scratch.input_rows);
  weights.compute({scratch.x.data(), size(tokens)}, {scratch.out.data(), size(tokens)},
                  scratch.input_rows);
}

void LstmEngine::run(int layer, std::size_t direction, std::int64_t texts, Scratch& scratch) const {
  const RecurrentWeights& weights = layers_[size(layer)].recurrent[direction];
  const bool top = layer + 1 == config_.layers, table = layer == 0 && tables_[direction];
  const std::int64_t row = input_bytes(*kernels_, width_);
  StepArgs step;
  step.width = width_;
  step.weights = weights.weights.data();
  step.scale = weights.scale.data();
  step.start = weights.start.data();
  step.input = scratch.step_inputs.data();
  step.c = scratch.c.data();
  if (top && pooling_.mean >= 0) step.sum = scratch.sum.data();
  if (top && pooling_.max >= 0) step.max = scratch.max.data();
  if (top && pooling_.last >= 0) step.last = scratch.last.data();
  if (!top) step.states = scratch.step_states.data();
  step.rows = step.capacity = texts;
  const std::int64_t steps = scratch.begin[1];
  for (std::int64_t t = 0; t < steps; ++t) {
    const auto length = [&](std::int64_t n) {
      return scratch.begin[size(n + 1)] - scratch.begin[size(n)];
    };
    while (length(step.rows - 1) <= t) --step.rows;  // texts that have ended
    for (std::int64_t n = 0; n < step.rows; ++n) {
      const std::int64_t token = scratch.begin[size(n)] + (direction == 0 ? t : length(n) - 1 - t);
      scratch.step_inputs[size(n)] = table ? tables_[direction]->row(scratch.ids[size(token)])
                                           : scratch.inputs.data() + token * row;
      // A row of a table may lie anywhere; the kernel asks for what follows.
      for (std::int64_t ahead = 0; ahead < input_bytes(*kernels_, kernels_->units); ahead += 64)
        __builtin_prefetch(static_cast<const std::byte*>(scratch.step_inputs[size(n)]) + ahead);
      if (!top)
        scratch.step_states[size(n)] =
            states_of(scratch, layer, token) + static_cast<std::int64_t>(direction) * width_;
    }
    step.first = t == 0;
    step.h = scratch.h[size(t % 2)].data();
    step.h_next = scratch.h[size(1 - t % 2)].data();
    kernels_->step(step);
  }
}

// Columns of a direction: [Hp/W, N, W] → [N, H].
void LstmEngine::gather(const AlignedBuffer<float>& states, std::int64_t column,
                        std::span<float* const> pooled) const {
  const std::int64_t units = kernels_->units;
  const auto rows = static_cast<std::int64_t>(pooled.size());
  for (std::int64_t n = 0; n < rows; ++n)
    for (std::int64_t from = 0; from < config_.hidden_size; from += units)
      std::copy_n(states.data() + (from / units * rows + n) * units,
                  std::min(units, config_.hidden_size - from), pooled[size(n)] + column + from);
}

void LstmEngine::pool(std::size_t direction, Scratch& scratch,
                      std::span<float* const> pooled) const {
  const std::int64_t half = static_cast<std::int64_t>(direction) * config_.hidden_size;
  if (pooling_.max >= 0) gather(scratch.max, pooling_.max + half, pooled);
  if (pooling_.last >= 0) gather(scratch.last, pooling_.last + half, pooled);
  if (pooling_.mean < 0) return;
  gather(scratch.sum, pooling_.mean + half, pooled);
  for (std::size_t n = 0; n < pooled.size(); ++n) {
    float* const out = pooled[n] + pooling_.mean + half;
    const auto length = static_cast<float>(scratch.begin[n + 1] - scratch.begin[n]);
    for (std::int64_t i = 0; i < config_.hidden_size; ++i) out[i] /= length;
  }
}

}  // namespace gemel::infer
