#pragma once
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <span>

#include "infer/engine/embedding_rows.hpp"
#include "infer/engine/input_rows.hpp"

namespace gemel::infer {

/// W·E[v] + b of every vocabulary entry v for one reading order of the first layer, so that a time
/// step costs a row of this table and the recurrent product only. Rows are computed when they are
/// first asked for, and lie in that order: a short run pays for the words it meets, also in memory,
/// whose first touch can cost more than the row's computation. Thread-safe.
class GateTable {
 public:
  /// @param embedding must outlive the table
  GateTable(const Kernels&, std::int64_t hidden, InputRows, const EmbeddingRows& embedding,
            std::int64_t vocabulary);
  /// Bytes that a table of this size takes once all rows are there.
  static std::int64_t bytes(const Kernels&, std::int64_t hidden, std::int64_t vocabulary);

  /// Says how many tokens are about to come: for many of them large pages are worth having, as long
  /// as few rows are there.
  void expect(std::int64_t tokens) const;
  /// Computes the rows of these tokens that are not there yet.
  void prepare(std::span<const std::int32_t> ids, InputRows::Scratch&) const;
  /// [Hp/W, 4, W] of a token that was prepared, of the type of StepArgs::input.
  const void* row(std::int32_t id) const {
    return rows_ + place(id).load(std::memory_order_relaxed) * row_bytes_;
  }

 private:
  void fill(std::span<const std::int32_t> ids, InputRows::Scratch&) const;

  enum State : std::int32_t { missing = -2, busy = -1 };  // else the row's place
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };
  InputRows weights_;
  const EmbeddingRows* embedding_;
  std::int64_t row_bytes_;
  std::size_t bytes_;
  // Pages that no row was written to take no memory, hence calloc.
  std::unique_ptr<void, Free> memory_;
  std::byte* rows_;  // 64-byte aligned
  mutable std::once_flag large_;
  std::atomic<std::int32_t>& place(std::int32_t id) const {
    return places_[static_cast<std::size_t>(id)];
  }
  std::unique_ptr<std::atomic<std::int32_t>[]> places_;  // [V]
  mutable std::atomic<std::int32_t> used_ = 0;           // rows
};

}  // namespace gemel::infer
