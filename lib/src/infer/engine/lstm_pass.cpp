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

void LstmEngine::copy_state(std::int64_t from, std::int64_t to, std::int64_t step,
                            Scratch& scratch) const {
  const std::int64_t units = kernels_->units, rows = scratch.capacity();
  for (auto* states : {&scratch.c, &scratch.sum, &scratch.max}) {
    if ((states == &scratch.sum && pooling_.mean < 0) ||
        (states == &scratch.max && pooling_.max < 0))
      continue;
    for (std::int64_t at = 0; at < rows * width_; at += rows * units)
      std::copy_n(states->data() + at + from * units, units, states->data() + at + to * units);
  }
  const std::int64_t bytes = width_ * state_bytes(kernels_->precision);
  std::byte* const h = scratch.h[size(step % 2)].data();
  std::copy_n(h + from * bytes, bytes, h + to * bytes);
}

// Texts that are read from this step on get the next slots, beside the state they go on from.
void LstmEngine::begin_texts(std::int64_t step, std::span<const ReadingPlan::Start>& starts,
                             Scratch& scratch) const {
  for (; !starts.empty() && starts.front().step == step; starts = starts.subspan(1)) {
    const std::int64_t slot = std::ssize(scratch.text_in);
    scratch.slot_of[size(starts.front().text)] = slot;
    scratch.text_in.push_back(starts.front().text);
    if (starts.front().from >= 0)
      copy_state(scratch.slot_of[size(starts.front().from)], slot, step, scratch);
  }
}

// Texts that have been read leave their states to `pooled`, if it is the top layer, and their slots
// to the last ones.
void LstmEngine::end_texts(std::int64_t step, std::span<const ReadingPlan::End>& ends,
                           std::size_t direction, Scratch& scratch,
                           std::span<float* const> pooled) const {
  std::span<const ReadingPlan::End> now = ends;
  for (; !ends.empty() && ends.front().step == step; ends = ends.subspan(1))
    if (!pooled.empty())
      pool(scratch.slot_of[size(ends.front().state)], step, direction, scratch,
           pooled[size(ends.front().text)]);
  now = now.first(now.size() - ends.size());
  for (const ReadingPlan::End& end : now)
    if (end.text == end.state) scratch.text_in[size(scratch.slot_of[size(end.text)])] = -1;
  for (const ReadingPlan::End& end : now) {
    if (end.text != end.state) continue;
    while (!scratch.text_in.empty() && scratch.text_in.back() < 0) scratch.text_in.pop_back();
    const std::int64_t slot = scratch.slot_of[size(end.text)],
                       last = std::ssize(scratch.text_in) - 1;
    if (slot > last) continue;
    copy_state(last, slot, step, scratch);
    scratch.text_in[size(slot)] = scratch.text_in.back();
    scratch.slot_of[size(scratch.text_in.back())] = slot;
    scratch.text_in.pop_back();
  }
}

// Where the kernel finds a step's inputs and leaves what layers above read.
void LstmEngine::prepare_step(int layer, std::int64_t t, const TokenLists& lists,
                              Scratch& scratch) const {
  const bool top = layer + 1 == config_.layers;
  const auto direction = static_cast<std::size_t>(lists.backward);
  const bool table = layer == 0 && tables_[direction];
  const std::int64_t row = input_bytes(*kernels_, width_);
  for (std::size_t n = 0; n < scratch.text_in.size(); ++n) {
    const std::int64_t token = lists.place(scratch.text_in[n], t);
    scratch.step_inputs[n] = table ? tables_[direction]->row(scratch.ids[size(token)])
                                   : scratch.inputs.data() + token * row;
    // A row of a table may lie anywhere; the kernel asks for what follows.
    for (std::int64_t ahead = 0; ahead < input_bytes(*kernels_, kernels_->units); ahead += 64)
      __builtin_prefetch(static_cast<const std::byte*>(scratch.step_inputs[n]) + ahead);
    if (!top)
      scratch.step_states[n] =
          states_of(scratch, layer, token) + static_cast<std::int64_t>(direction) * width_;
  }
}

void LstmEngine::run(int layer, std::size_t direction, Scratch& scratch,
                     std::span<float* const> pooled) const {
  const RecurrentWeights& weights = layers_[size(layer)].recurrent[direction];
  const bool top = layer + 1 == config_.layers;
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
  step.capacity = scratch.capacity();
  const TokenLists lists{scratch.ids, scratch.begin, direction == 1};
  scratch.plan.make(lists, shares_steps());
  std::span<const ReadingPlan::Start> starts = scratch.plan.starts();
  std::span<const ReadingPlan::End> ends = scratch.plan.ends();
  scratch.text_in.clear();
  for (std::int64_t t = 0;; ++t) {
    begin_texts(t, starts, scratch);
    end_texts(t, ends, direction, scratch, top ? pooled : std::span<float* const>());
    if (scratch.text_in.empty()) break;
    prepare_step(layer, t, lists, scratch);
    step.rows = std::ssize(scratch.text_in);
    step.first = t == 0;
    step.h = scratch.h[size(t % 2)].data();
    step.h_next = scratch.h[size(1 - t % 2)].data();
    kernels_->step(step);
  }
}

// One direction of a text that stands in `slot`, [Hp/W, capacity, W] → [H] each.
void LstmEngine::pool(std::int64_t slot, std::int64_t length, std::size_t direction,
                      const Scratch& scratch, float* pooled) const {
  const std::int64_t units = kernels_->units, hidden = config_.hidden_size,
                     rows = scratch.capacity();
  const std::int64_t half = static_cast<std::int64_t>(direction) * hidden;
  const auto gather = [&](const AlignedBuffer<float>& states, std::int64_t column) {
    for (std::int64_t from = 0; from < hidden; from += units)
      std::copy_n(states.data() + from * rows + slot * units, std::min(units, hidden - from),
                  pooled + column + half + from);
  };
  if (pooling_.max >= 0) gather(scratch.max, pooling_.max);
  if (pooling_.last >= 0) gather(scratch.last, pooling_.last);
  if (pooling_.mean < 0) return;
  gather(scratch.sum, pooling_.mean);
  float* const mean = pooled + pooling_.mean + half;
  for (std::int64_t i = 0; i < hidden; ++i) mean[i] /= static_cast<float>(length);
}

}  // namespace gemel::infer
