#include "infer/engine/reading_plan.hpp"

#include <algorithm>
#include <tuple>

#include "infer/engine/token_key.hpp"

namespace gemel::infer {
namespace {

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

std::int32_t token(const TokenLists& lists, std::int64_t text, std::int64_t t) {
  return lists.ids[size(lists.place(text, t))];
}

std::int64_t common(const TokenLists& lists, std::int64_t a, std::int64_t b) {
  const std::int64_t most = std::min(lists.length(a), lists.length(b));
  std::int64_t t = 0;
  while (t < most && token(lists, a, t) == token(lists, b, t)) ++t;
  return t;
}

}  // namespace

// So that texts with the same first tokens stand beside each other.
void ReadingPlan::order_by_tokens(const TokenLists& lists) {
  for (Place& place : order_)
    place.key = token_key(lists.length(place.text),
                          [&](std::int64_t t) { return token(lists, place.text, t); });
  std::sort(order_.begin(), order_.end(), [&](const Place& a, const Place& b) {
    if (a.key != b.key) return a.key < b.key;
    const std::int64_t most = std::min(lists.length(a.text), lists.length(b.text));
    for (std::int64_t t = kKeyTokens; t < most; ++t) {
      const std::int32_t one = token(lists, a.text, t), other = token(lists, b.text, t);
      if (one != other) return one < other;
    }
    return lists.length(a.text) < lists.length(b.text);
  });
}

void ReadingPlan::make(const TokenLists& lists, bool share) {
  order_.clear();
  starts_.clear();
  ends_.clear();
  for (std::int64_t text = 0; text < lists.count(); ++text) order_.push_back({0, text});
  if (share) order_by_tokens(lists);
  std::int64_t before = -1;
  for (const Place& place : order_) {
    const std::int64_t text = place.text, length = lists.length(text);
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
