#include <algorithm>
#include <cassert>
#include <numeric>

#include "infer/engine/lstm_engine.hpp"
#include "infer/engine/token_order.hpp"
#include "nn/unit_length.hpp"

namespace gemel::infer {
namespace {

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

}  // namespace

void LstmEngine::lay_out(Lists texts, Scratch& scratch) const {
  scratch.begin.assign(1, 0);
  scratch.ids.clear();
  for (const auto* text : texts) {
    assert(!text->empty());
    scratch.ids.insert(scratch.ids.end(), text->begin(), text->end());
    scratch.begin.push_back(static_cast<std::int64_t>(scratch.ids.size()));
  }
  scratch.slot_of.resize(texts.size());
  scratch.order.resize(texts.size());
  std::iota(scratch.order.begin(), scratch.order.end(), 0);
}

// A step's texts that go on from others take their slots before those that end give theirs back.
void LstmEngine::reserve(std::int64_t piece, std::int64_t rows, Scratch& scratch) const {
  const std::int64_t slots = std::min(scratch.count(), 2 * rows);
  scratch.piece = piece;
  scratch.rows = rows;
  scratch.capacity = slots | 1;
  for (auto& h : scratch.h)
    h.reserve_discard(size((slots + kRowPadding) * width_ * state_bytes(kernels_->precision)));
  for (auto* buffer : {&scratch.c, &scratch.sum, &scratch.max, &scratch.last})
    buffer->reserve_discard(size(scratch.capacity * width_));
  scratch.step_inputs.resize(size(slots));
  scratch.step_states.resize(size(slots));
}

void LstmEngine::reserve_layers(Scratch& scratch) const {
  const auto tokens = static_cast<std::int64_t>(scratch.ids.size());
  if (config_.layers > 1)
    for (std::size_t b = 0; b < (config_.shortcut ? 1 : 2); ++b)
      scratch.states[b].reserve_discard(size(tokens * states_stride()));
  if (config_.layers == 1 && tables_[0]) return;
  scratch.inputs.reserve_discard(size(tokens * 4 * width_) * sizeof(float));
  scratch.x.resize(size(tokens));
  scratch.out.resize(size(tokens));
  if (config_.layers == 1 || !config_.shortcut) return;
  for (std::int64_t token = 0; token < tokens; ++token) {
    float* const to = scratch.states[0].data() + token * states_stride();
    const float* const from = embedding_.row(scratch.ids[size(token)], to);
    if (from != to) std::copy_n(from, config_.embedding_size, to);
  }
}

void LstmEngine::forward(Lists texts, Scratch& scratch, MatrixView out) const {
  std::vector<float*> rows;
  for (std::int64_t n = 0; n < out.rows; ++n) rows.push_back(out.row(n));
  forward(texts, scratch, rows);
}

void LstmEngine::forward(Lists texts, Scratch& scratch, std::span<float* const> out,
                         bool give_pooled) const {
  if (texts.empty()) return;
  assert(out.size() == texts.size());
  const PooledRows pooled = place_pooled(scratch.pooled, out, give_pooled);
  lay_out(texts, scratch);
  reserve(scratch.count(), scratch.count(), scratch);
  reserve_layers(scratch);
  if (tables_[0])
    for (const auto& table : tables_) table->prepare(scratch.ids, scratch.input_rows);
  for (int layer = 0; layer < config_.layers; ++layer)
    for (std::size_t direction = 0; direction < 2; ++direction) {
      if (layer > 0 || !tables_[direction]) make_inputs(layer, direction, scratch);
      if (shares_steps())
        sort_by_tokens(scratch.order, TokenLists{scratch.ids, scratch.begin, direction == 1});
      run(layer, direction, scratch, pooled);
    }
  finish(pooled, 0, scratch, out);
}

std::int64_t LstmEngine::pooled_bytes() const {
  return projection_ ? projection_->pooled_bytes() : 0;
}

PooledRows LstmEngine::place_pooled(PooledStates& states, std::span<float* const> out,
                                    bool give_pooled) const {
  assert(projection_ || !give_pooled);
  if (!projection_) return {out};
  if (!give_pooled) return projection_->place(states, std::ssize(out));
  states.rows.assign(out.begin(), out.end());
  for (float*& row : states.rows) row += config_.projection_size;
  return {states.rows};
}

void LstmEngine::read(Lists texts, std::size_t direction, std::span<const std::int64_t> order,
                      std::int64_t rows, Scratch& scratch, const PooledRows& pooled) const {
  assert(reads_apart());
  std::vector<const std::vector<std::int32_t>*> lists;
  for (const std::int64_t text : order) lists.push_back(texts[size(text)]);
  lay_out(lists, scratch);
  reserve(piece(rows), rows, scratch);
  tables_[direction]->prepare(scratch.ids, scratch.input_rows);
  run(0, direction, scratch, pooled.of(order));
}

void LstmEngine::finish(const PooledRows& pooled, std::int64_t first, Scratch& scratch,
                        std::span<float* const> out) const {
  if (projection_) projection_->apply(pooled, first, scratch.projection, out);
  if (config_.unit_length)
    for (float* const row : out)
      nn::scale_to_unit_length(MatrixView(row, 1, config_.sentence_size()), nullptr);
}

}  // namespace gemel::infer
