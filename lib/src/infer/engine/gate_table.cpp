#include "infer/engine/gate_table.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <vector>

#include "core/huge_pages.hpp"

namespace gemel::infer {
namespace {

constexpr std::int64_t kLine = 64;
// Tokens that tell a corpus from a few texts, which would pay for pages they hardly read.
constexpr std::int64_t kCorpus = 1 << 15;

}  // namespace

std::int64_t GateTable::bytes(const Kernels& kernels, std::int64_t hidden,
                              std::int64_t vocabulary) {
  return vocabulary * input_bytes(kernels, padded(hidden, kernels.units));
}

GateTable::GateTable(const Kernels& kernels, std::int64_t hidden, InputRows weights,
                     const EmbeddingRows& embedding, std::int64_t vocabulary)
    : weights_(std::move(weights)),
      embedding_(&embedding),
      row_bytes_(input_bytes(kernels, padded(hidden, kernels.units))),
      bytes_(static_cast<std::size_t>(vocabulary * row_bytes_)),
      memory_(std::calloc(bytes_ + kLine, 1)),
      places_(std::make_unique<std::atomic<std::int32_t>[]>(static_cast<std::size_t>(vocabulary))) {
  if (!memory_) throw std::bad_alloc();
  std::size_t room = bytes_ + kLine;
  void* start = memory_.get();
  std::align(kLine, bytes_, start, room);
  rows_ = static_cast<std::byte*>(start);
  for (std::int64_t id = 0; id < vocabulary; ++id)
    place(static_cast<std::int32_t>(id)).store(missing, std::memory_order_relaxed);
}

void GateTable::expect(std::int64_t tokens) const {
  if (tokens >= kCorpus) std::call_once(large_, [&] { prefer_huge_pages(rows_, bytes_); });
}

// Rows of these tokens, which are marked as busy, and tells those who wait for them.
void GateTable::fill(std::span<const std::int32_t> ids, InputRows::Scratch& scratch) const {
  const std::size_t width = static_cast<std::size_t>(embedding_->width());
  std::array<const float*, InputRows::kAtOnce> x;
  std::array<void*, InputRows::kAtOnce> out;
  const std::int32_t first =
      used_.fetch_add(static_cast<std::int32_t>(ids.size()), std::memory_order_relaxed);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    x[i] = embedding_->row(ids[i], scratch.x.data() + i * width);
    out[i] = rows_ + (first + static_cast<std::int64_t>(i)) * row_bytes_;
  }
  weights_.compute({x.data(), ids.size()}, {out.data(), ids.size()}, scratch);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    place(ids[i]).store(first + static_cast<std::int32_t>(i), std::memory_order_release);
    place(ids[i]).notify_all();
  }
}

// A few rows at a time, so that workers that need the same ones share them.
void GateTable::prepare(std::span<const std::int32_t> ids, InputRows::Scratch& scratch) const {
  const auto is_ready = [&](std::int32_t id) {
    return place(id).load(std::memory_order_acquire) >= 0;
  };
  if (std::all_of(ids.begin(), ids.end(), is_ready)) return;
  std::array<std::int32_t, InputRows::kAtOnce> mine;
  std::size_t count = 0;
  std::vector<std::int32_t> others;
  others.reserve(ids.size());  // nothing below may throw while a row is marked busy
  weights_.reserve(scratch);
  scratch.x.reserve_discard(mine.size() * static_cast<std::size_t>(embedding_->width()));
  for (const std::int32_t id : ids) {
    std::int32_t expected = missing;
    if (is_ready(id)) continue;
    if (!place(id).compare_exchange_strong(expected, busy, std::memory_order_acquire)) {
      if (expected == busy) others.push_back(id);
      continue;
    }
    mine[count++] = id;
    if (count < mine.size()) continue;
    fill({mine.data(), count}, scratch);
    count = 0;
  }
  if (count > 0) fill({mine.data(), count}, scratch);
  for (const std::int32_t id : others) place(id).wait(busy, std::memory_order_acquire);
}

}  // namespace gemel::infer
