#include <algorithm>
#include <cassert>
#include <cstring>
#include <type_traits>

#include "infer/engine/lstm_engine.hpp"

namespace gemel::infer {
namespace {

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

// A row of states of all groups, W floats in each; a constant W spares a call for every group.
template <std::int64_t W>
void copy_row(const float* from, float* to, std::int64_t stride, std::int64_t groups) {
  for (std::int64_t group = 0; group < groups; ++group, from += stride, to += stride)
    std::memcpy(to, from, W * sizeof(float));
}

// Calls use(W) with the number of units as a constant.
template <class Use>
void with_units(int units, const Use& use) {
  switch (units) {
    case 4:
      return use(std::integral_constant<std::int64_t, 4>());
    case 8:
      return use(std::integral_constant<std::int64_t, 8>());
    default:
      return use(std::integral_constant<std::int64_t, 16>());
  }
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
  for (auto* states : {&scratch.c, &scratch.sum, &scratch.max}) {
    if ((states == &scratch.sum && pooling_.mean < 0) ||
        (states == &scratch.max && pooling_.max < 0))
      continue;
    with_units(kernels_->units, [&](auto units) {
      const std::int64_t stride = scratch.capacity * units, groups = width_ / units;
      copy_row<units>(states->data() + from * units, states->data() + to * units, stride, groups);
    });
  }
  const std::int64_t bytes = width_ * state_bytes(kernels_->precision);
  std::byte* const h = scratch.h[size(step % 2)].data();
  std::copy_n(h + from * bytes, bytes, h + to * bytes);
}

// Texts get the next slots, beside the states that some of them go on from.
void LstmEngine::begin_texts(std::int64_t step, std::span<const ReadingPlan::Start> starts,
                             const TokenLists& lists, Scratch& scratch) const {
  for (const ReadingPlan::Start& start : starts) {
    const std::int64_t slot = std::ssize(scratch.text_in);
    assert(slot < std::ssize(scratch.step_inputs));
    scratch.slot_of[size(start.text)] = slot;
    scratch.text_in.push_back(start.text);
    scratch.token_in.push_back(lists.place(start.text, start.step));
    if (start.from >= 0) copy_state(scratch.slot_of[size(start.from)], slot, step, scratch);
  }
}

// Texts that have been read leave their states to `pooled`, if it is the top layer, and their slots
// to the last ones.
void LstmEngine::end_texts(std::int64_t step, std::size_t direction, Scratch& scratch,
                           const PooledRows* pooled) const {
  const std::span<const ReadingPlan::End> ends = scratch.queue.ends();
  for (const ReadingPlan::End& end : ends)
    if (pooled)
      pool(scratch.slot_of[size(end.state)], end.step, direction, scratch, *pooled, end.text);
  for (const ReadingPlan::End& end : ends)
    if (end.text == end.state) scratch.text_in[size(scratch.slot_of[size(end.text)])] = -1;
  for (const ReadingPlan::End& end : ends) {
    if (end.text != end.state) continue;
    while (!scratch.text_in.empty() && scratch.text_in.back() < 0) {
      scratch.text_in.pop_back();
      scratch.token_in.pop_back();
    }
    const std::int64_t slot = scratch.slot_of[size(end.text)],
                       last = std::ssize(scratch.text_in) - 1;
    if (slot > last) continue;
    copy_state(last, slot, step, scratch);
    scratch.text_in[size(slot)] = scratch.text_in.back();
    scratch.token_in[size(slot)] = scratch.token_in.back();
    scratch.slot_of[size(scratch.text_in.back())] = slot;
    scratch.text_in.pop_back();
    scratch.token_in.pop_back();
  }
}

// Where the kernel finds a step's inputs and leaves what layers above read.
void LstmEngine::prepare_step(int layer, const TokenLists& lists, Scratch& scratch) const {
  const bool top = layer + 1 == config_.layers;
  const auto direction = static_cast<std::size_t>(lists.backward);
  const bool table = layer == 0 && tables_[direction];
  const std::int64_t row = input_bytes(*kernels_, width_);
  for (std::size_t n = 0; n < scratch.text_in.size(); ++n) {
    const std::int64_t token = scratch.token_in[n];
    scratch.token_in[n] += lists.backward ? -1 : 1;
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

// The states of the first `old` rows go on, the others begin from nothing.
void LstmEngine::make_step(StepArgs step, std::int64_t old, std::int64_t rows) const {
  step.rows = old;
  if (old > 0) kernels_->step(step);
  if (old == rows) return;
  step.first = true;
  step.rows = rows - old;
  step.input += old;
  step.h_next =
      static_cast<std::byte*>(step.h_next) + old * width_ * state_bytes(kernels_->precision);
  for (float** const states : {&step.c, &step.sum, &step.max, &step.last})
    if (*states) *states += old * kernels_->units;
  if (step.states) step.states += old;
  kernels_->step(step);
}

StepArgs LstmEngine::step_args(int layer, std::size_t direction, Scratch& scratch) const {
  const RecurrentWeights& weights = layers_[size(layer)].recurrent[direction];
  const bool top = layer + 1 == config_.layers;
  StepArgs step;
  step.width = width_;
  step.weights = weights.weights.data();
  step.blocks = weights.blocks.data();
  step.blocks_begin = weights.blocks_begin.data();
  step.scale = weights.scale.data();
  step.start = weights.start.data();
  step.input = scratch.step_inputs.data();
  step.c = scratch.c.data();
  if (top && pooling_.mean >= 0) step.sum = scratch.sum.data();
  if (top && pooling_.max >= 0) step.max = scratch.max.data();
  if (top && pooling_.last >= 0) step.last = scratch.last.data();
  if (!top) step.states = scratch.step_states.data();
  step.capacity = scratch.capacity;
  return step;
}

void LstmEngine::run(int layer, std::size_t direction, Scratch& scratch,
                     const PooledRows& pooled) const {
  const bool top = layer + 1 == config_.layers;
  const TokenLists lists{scratch.ids, scratch.begin, direction == 1};
  ReadingQueue& queue = scratch.queue;
  StepArgs step = step_args(layer, direction, scratch);
  queue.begin(lists, scratch.order, scratch.piece, scratch.rows, shares_steps());
  scratch.text_in.clear();
  scratch.token_in.clear();
  for (std::int64_t t = 0; queue.next(); ++t) {
    begin_texts(t, queue.branches(), lists, scratch);
    end_texts(t, direction, scratch, top ? &pooled : nullptr);
    const std::int64_t old = std::ssize(scratch.text_in);
    begin_texts(t, queue.roots(), lists, scratch);
    prepare_step(layer, lists, scratch);
    step.h = scratch.h[size(t % 2)].data();
    step.h_next = scratch.h[size(1 - t % 2)].data();
    make_step(step, old, std::ssize(scratch.text_in));
  }
}

// One direction of a text that stands in `slot`.
void LstmEngine::pool(std::int64_t slot, std::int64_t length, std::size_t direction,
                      const Scratch& scratch, const PooledRows& pooled, std::int64_t text) const {
  const std::int64_t row = pooled.row(text);
  PoolArgs args;
  args.stride = scratch.capacity * kernels_->units;
  args.hidden = config_.hidden_size;
  const auto put = [&](const AlignedBuffer<float>& states, std::int64_t column,
                       std::int64_t divisor) {
    if (column < 0) return;
    column += static_cast<std::int64_t>(direction) * config_.hidden_size;
    args.states = states.data() + slot * kernels_->units;
    args.divisor = static_cast<float>(divisor);
    if (pooled.codes)
      args.codes = pooled.codes + row * pooled.stride + column;
    else
      args.out = pooled.floats[size(row)] + column;
    kernels_->pool(args);
  };
  put(scratch.sum, pooling_.mean, length);
  put(scratch.max, pooling_.max, 1);
  put(scratch.last, pooling_.last, 1);
}

}  // namespace gemel::infer
