#pragma once
#include <algorithm>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

namespace gemel::dnn {

/// Compiled plans by key; beyond `capacity` the least recently used one is dropped (whoever still
/// runs it keeps it alive). Thread-safe.
template <class Key, class Plan>
class PlanCache {
 public:
  explicit PlanCache(std::size_t capacity) : capacity_(capacity) {}

  /// The plan of `key`; compile() makes it where it is missing.
  template <class Compile>
  std::shared_ptr<const Plan> get(const Key& key, Compile&& compile) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const auto& entry) { return entry.first == key; });
    if (found != entries_.end()) {
      entries_.splice(entries_.begin(), entries_, found);
    } else {
      entries_.emplace_front(key, compile());
      if (entries_.size() > capacity_) entries_.pop_back();
    }
    return entries_.front().second;
  }

 private:
  std::size_t capacity_;
  std::mutex mutex_;
  std::list<std::pair<Key, std::shared_ptr<const Plan>>> entries_;  // most recently used first
};

}  // namespace gemel::dnn
