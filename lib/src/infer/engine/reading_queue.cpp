#include "infer/engine/reading_queue.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace gemel::infer {
namespace {

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

// Rows at each step: a text has one from its start to its end.
void count_rows(const ReadingPlan& plan, std::vector<std::int64_t>& rows) {
  rows.assign(size(plan.ends().back().step) + 1, 0);
  for (const ReadingPlan::Start& start : plan.starts()) {
    ++rows[size(start.step)];
    --rows[size(start.length)];
  }
  std::partial_sum(rows.begin(), rows.end(), rows.begin());
}

}  // namespace

void ReadingQueue::begin(const TokenLists& lists, std::span<const std::int64_t> texts,
                         std::int64_t piece, std::int64_t rows, bool share) {
  assert(piece >= 1 && rows >= piece);
  lists_ = lists;
  left_ = texts;
  piece_ = piece;
  rows_ = rows;
  share_ = share;
  planned_ = false;
  active_ = 0;
  load_.clear();
}

bool ReadingQueue::plan_next() {
  if (left_.empty()) return false;
  if (pieces_.size() == active_) pieces_.emplace_back();
  Piece& piece = pieces_[active_];
  const std::size_t texts = std::min(left_.size(), size(piece_));
  piece.plan.make(lists_, left_.first(texts), share_);
  left_ = left_.subspan(texts);
  count_rows(piece.plan, piece.rows);
  piece.step = 0;
  piece.started = piece.ended = 0;
  return true;
}

bool ReadingQueue::fits(const Piece& piece) const {
  const std::size_t both = std::min(piece.rows.size(), load_.size());
  for (std::size_t t = 0; t < both; ++t)
    if (load_[t] + piece.rows[t] > rows_) return false;
  return true;
}

void ReadingQueue::admit() {
  while (planned_ || (planned_ = plan_next())) {
    const Piece& piece = pieces_[active_];
    if (!fits(piece)) return;
    load_.resize(std::max(load_.size(), piece.rows.size()));
    for (std::size_t t = 0; t < piece.rows.size(); ++t) load_[t] += piece.rows[t];
    ++active_;
    planned_ = false;
  }
}

void ReadingQueue::take(Piece& piece) {
  const std::span<const Start> starts = piece.plan.starts();
  for (; piece.started < starts.size() && starts[piece.started].step == piece.step; ++piece.started)
    (piece.step == 0 ? roots_ : branches_).push_back(starts[piece.started]);
  const std::span<const End> ends = piece.plan.ends();
  for (; piece.ended < ends.size() && ends[piece.ended].step == piece.step; ++piece.ended)
    ends_.push_back(ends[piece.ended]);
  ++piece.step;
}

bool ReadingQueue::next() {
  branches_.clear();
  ends_.clear();
  roots_.clear();
  admit();
  if (active_ == 0) return false;
  for (std::size_t i = 0; i < active_; ++i) take(pieces_[i]);
  for (std::size_t i = active_; i-- > 0;) {
    if (pieces_[i].ended < pieces_[i].plan.ends().size()) continue;
    --active_;
    std::swap(pieces_[i], pieces_[active_]);
    if (planned_) std::swap(pieces_[active_], pieces_[active_ + 1]);
  }
  load_.pop_front();
  return true;
}

}  // namespace gemel::infer
