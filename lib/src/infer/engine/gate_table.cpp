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

void GateTable::prepare(std::span<const std::int32_t> ids, InputRows::Scratch& scratch) const {
  const auto is_ready = [&](std::int32_t id) {
    return place(id).load(std::memory_order_acquire) >= 0;
  };
  if (std::all_of(ids.begin(), ids.end(), is_ready)) return;
  std::vector<std::int32_t> mine, others, at;
  std::vector<void*> out;
  mine.reserve(ids.size());  // nothing below may throw while a row is marked busy
  others.reserve(ids.size());
  at.reserve(ids.size());
  out.reserve(ids.size());
  weights_.reserve(scratch);
  const std::size_t width = static_cast<std::size_t>(embedding_->width());
  scratch.x.reserve_discard(InputRows::kAtOnce * width);
  for (const std::int32_t id : ids) {
    std::int32_t expected = missing;
    if (place(id).compare_exchange_strong(expected, busy, std::memory_order_acquire)) {
      mine.push_back(id);
      at.push_back(used_.fetch_add(1, std::memory_order_relaxed));
      out.push_back(rows_ + at.back() * row_bytes_);
    } else if (expected == busy) {
      others.push_back(id);
    }
  }
  std::array<const float*, InputRows::kAtOnce> x;
  for (std::size_t first = 0; first < mine.size(); first += x.size()) {
    const std::size_t count = std::min(x.size(), mine.size() - first);
    for (std::size_t i = 0; i < count; ++i)
      x[i] = embedding_->row(mine[first + i], scratch.x.data() + i * width);
    weights_.compute({x.data(), count}, std::span(out).subspan(first, count), scratch);
  }
  for (std::size_t i = 0; i < mine.size(); ++i) {
    place(mine[i]).store(at[i], std::memory_order_release);
    place(mine[i]).notify_all();
  }
  for (const std::int32_t id : others) place(id).wait(busy, std::memory_order_acquire);
}

}  // namespace gemel::infer
