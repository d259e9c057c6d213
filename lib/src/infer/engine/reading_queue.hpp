#pragma once
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "infer/engine/reading_plan.hpp"

namespace gemel::infer {

/// Reads many texts with few rows: pieces of them are begun as soon as the rows that they will need
/// at every later step are free, so that products have many rows until the last texts. Texts of two
/// pieces share no steps.
class ReadingQueue {
 public:
  using Start = ReadingPlan::Start;
  using End = ReadingPlan::End;

  /// @param texts as of ReadingPlan::make(); they and the lists must outlive the reading
  /// @param piece texts of a piece, at least 1
  /// @param rows  that a step may have, `piece` or more
  void begin(const TokenLists&, std::span<const std::int64_t> texts, std::int64_t piece,
             std::int64_t rows, bool share);
  /// Goes on to the next step; false after the last.
  bool next();
  /// What changes before the step. First, texts that go on from another's state.
  std::span<const Start> branches() const { return branches_; }
  /// Then, texts that have been read.
  std::span<const End> ends() const { return ends_; }
  /// Then, texts that begin from nothing.
  std::span<const Start> roots() const { return roots_; }

 private:
  struct Piece {
    ReadingPlan plan;
    std::vector<std::int64_t> rows;  // [its steps]
    std::int64_t step = 0;           // the next
    std::size_t started = 0, ended = 0;
  };
  bool plan_next();
  bool fits(const Piece&) const;
  void admit();
  void take(Piece&);

  TokenLists lists_;
  std::span<const std::int64_t> left_;  // texts of no piece so far
  std::int64_t piece_ = 1, rows_ = 1;
  bool share_ = true, planned_ = false;
  std::vector<Piece> pieces_;      // those being read, then the one that waits, then spare ones
  std::size_t active_ = 0;         // being read
  std::deque<std::int64_t> load_;  // rows of all active pieces from the next step on
  std::vector<Start> branches_, roots_;
  std::vector<End> ends_;
};

}  // namespace gemel::infer
