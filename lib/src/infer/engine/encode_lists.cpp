#include "infer/engine/encode_lists.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "core/parallel.hpp"
#include "infer/engine/token_order.hpp"

namespace gemel::infer {
namespace {

constexpr std::int64_t kFewTokens = 512;  // not worth a thread
constexpr std::int64_t kLargestWindow = std::int64_t{1} << 16;
constexpr std::int64_t kFewTexts = 128;  // of one piece of work

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

struct Work {
  std::size_t direction;
  std::int64_t begin, end;  // places in that direction's order
};

// Both directions in turn, the largest pieces first: workers that begin together fill the table of
// a direction each, and end at about the same time.
std::vector<Work> share_out(std::int64_t texts, int threads) {
  std::vector<Work> work;
  std::array<std::int64_t, 2> done = {0, 0};
  for (std::size_t direction = 0; done[0] < texts || done[1] < texts; direction = 1 - direction) {
    std::int64_t& begin = done[direction];
    if (begin == texts) continue;
    const std::int64_t left = 2 * texts - done[0] - done[1];
    const std::int64_t end = std::min(texts, begin + std::max(kFewTexts, left / (2 * threads)));
    work.push_back({direction, begin, end});
    begin = end;
  }
  return work;
}

void encode_window(const LstmEngine& engine, LstmEngine::Lists texts, std::int64_t rows,
                   int threads, EncodeScratch& scratches, std::span<float* const> out,
                   bool give_pooled) {
  const auto count = std::ssize(texts);
  std::int64_t tokens = 0;
  for (const auto* text : texts) tokens += std::ssize(*text);
  if (tokens < kFewTokens) threads = 1;
  const ObjectPool<PooledStates>::Lease states(scratches.pooled);
  const PooledRows pooled = engine.place_pooled(*states, out, give_pooled);
  std::array<std::vector<std::int64_t>, 2> orders;
  parallel_for(threads, 2, [&](std::int64_t direction, int) {
    orders[size(direction)] = token_order(texts, direction == 1);
  });
  const std::vector<Work> work = share_out(count, threads);
  parallel_for(threads, std::ssize(work), [&](std::int64_t i, int) {
    const auto& [direction, begin, end] = work[size(i)];
    const ObjectPool<LstmEngine::Scratch>::Lease scratch(scratches.engine);
    engine.read(texts, direction,
                std::span(orders[direction]).subspan(size(begin), size(end - begin)), rows,
                *scratch, pooled);
  });
  parallel_for(threads, (count + kFewTexts - 1) / kFewTexts, [&](std::int64_t block, int) {
    const std::int64_t first = block * kFewTexts, last = std::min(count, first + kFewTexts);
    const ObjectPool<LstmEngine::Scratch>::Lease scratch(scratches.engine);
    engine.finish(pooled, first, *scratch, out.subspan(size(first), size(last - first)));
  });
}

}  // namespace

std::vector<std::int64_t> token_order(LstmEngine::Lists texts, bool backward) {
  std::vector<std::int64_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0);
  const auto length = [&](std::int64_t text) { return std::ssize(*texts[size(text)]); };
  sort_by_tokens(order, length, [&](std::int64_t text, std::int64_t t) {
    return (*texts[size(text)])[size(backward ? length(text) - 1 - t : t)];
  });
  return order;
}

void encode_lists(const LstmEngine& engine, LstmEngine::Lists texts, std::int64_t rows, int threads,
                  EncodeScratch& scratches, std::span<float* const> out, bool pooled,
                  std::int64_t pooled_bytes) {
  const std::int64_t bytes = engine.pooled_bytes();
  const auto window = size(
      bytes == 0 ? kLargestWindow : std::clamp(pooled_bytes / bytes, kFewTexts, kLargestWindow));
  for (std::size_t first = 0; first < texts.size(); first += window) {
    const std::size_t count = std::min(window, texts.size() - first);
    encode_window(engine, texts.subspan(first, count), rows, threads, scratches,
                  out.subspan(first, count), pooled);
  }
}

}  // namespace gemel::infer
