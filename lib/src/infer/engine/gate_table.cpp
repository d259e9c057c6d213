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

GateTable::GateTable(const Kernels& kernels, InputWeights weights, const float* embedding,
                     std::int64_t vocabulary)
    : kernels_(&kernels),
      weights_(std::move(weights)),
      embedding_(embedding),
      row_bytes_(input_bytes(kernels, weights_.groups * kernels.units)),
      bytes_(static_cast<std::size_t>(vocabulary * row_bytes_)),
      memory_(std::calloc(bytes_ + kLine, 1)),
      state_(std::make_unique<std::atomic<std::uint8_t>[]>(static_cast<std::size_t>(vocabulary))) {
  if (!memory_) throw std::bad_alloc();
  std::size_t room = bytes_ + kLine;
  void* start = memory_.get();
  std::align(kLine, bytes_, start, room);
  rows_ = static_cast<std::byte*>(start);
}

void GateTable::compute(std::span<const std::int32_t> ids) const {
  constexpr std::size_t kAtOnce = 96;
  for (std::size_t first = 0; first < ids.size(); first += kAtOnce) {
    const std::span<const std::int32_t> some =
        ids.subspan(first, std::min(kAtOnce, ids.size() - first));
    std::array<const float*, kAtOnce> x;
    std::array<void*, kAtOnce> out;
    for (std::size_t i = 0; i < some.size(); ++i) {
      x[i] = embedding_ + some[i] * weights_.depth;
      out[i] = rows_ + some[i] * row_bytes_;
    }
    kernels_->project({static_cast<std::int64_t>(some.size()), weights_.depth, weights_.groups,
                       weights_.weights.data(), weights_.bias.data(), x.data(), out.data()});
    for (const std::int32_t id : some) {
      state_[static_cast<std::size_t>(id)].store(ready, std::memory_order_release);
      state_[static_cast<std::size_t>(id)].notify_all();
    }
  }
}

void GateTable::expect(std::int64_t tokens) const {
  if (tokens >= kCorpus) std::call_once(large_, [&] { prefer_huge_pages(rows_, bytes_); });
}

void GateTable::prepare(std::span<const std::int32_t> ids) const {
  std::vector<std::int32_t> mine, others;
  for (const std::int32_t id : ids) {
    std::atomic<std::uint8_t>& state = state_[static_cast<std::size_t>(id)];
    if (state.load(std::memory_order_acquire) == ready) continue;
    mine.reserve(ids.size());  // nothing below may throw while a row is marked busy
    others.reserve(ids.size());
    std::uint8_t expected = missing;
    if (state.compare_exchange_strong(expected, busy, std::memory_order_acquire))
      mine.push_back(id);
    else if (expected == busy)
      others.push_back(id);
  }
  compute(mine);
  for (const std::int32_t id : others)
    state_[static_cast<std::size_t>(id)].wait(busy, std::memory_order_acquire);
}

}  // namespace gemel::infer
