#include "infer/engine/reading_plan.hpp"

#include <algorithm>
#include <tuple>

namespace gemel::infer {
namespace {

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

std::int64_t common(const TokenLists& lists, std::int64_t a, std::int64_t b) {
  const std::int64_t most = std::min(lists.length(a), lists.length(b));
  std::int64_t t = 0;
  while (t < most && lists.token(a, t) == lists.token(b, t)) ++t;
  return t;
}

}  // namespace

void ReadingPlan::make(const TokenLists& lists, std::span<const std::int64_t> texts, bool share) {
  starts_.clear();
  ends_.clear();
  std::int64_t before = -1;
  for (const std::int64_t text : texts) {
    const std::int64_t length = lists.length(text);
    const std::int64_t shared = share && before >= 0 ? common(lists, before, text) : 0;
    owner_.resize(std::max(owner_.size(), size(length)));
    ends_.push_back({length, text, shared == length ? owner_[size(length - 1)] : text});
    if (shared < length) {
      starts_.push_back({shared, length, text, shared > 0 ? owner_[size(shared - 1)] : -1});
      std::fill(owner_.begin() + shared, owner_.begin() + length, text);
    }
    before = text;
  }
  std::sort(starts_.begin(), starts_.end(), [](const Start& a, const Start& b) {
    return std::tie(a.step, b.length, a.text) < std::tie(b.step, a.length, b.text);
  });
  std::sort(ends_.begin(), ends_.end(), [](const End& a, const End& b) {
    return std::tie(a.step, a.text) < std::tie(b.step, b.text);
  });
}

}  // namespace gemel::infer
