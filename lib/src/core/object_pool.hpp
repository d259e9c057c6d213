#pragma once
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace gemel {

/// Workspaces kept from call to call; as many live as workers ever ran at once. Thread-safe.
template <class Object>
class ObjectPool {
 public:
  /// One worker's object, given back when it goes out of scope.
  class Lease {
   public:
    explicit Lease(ObjectPool& pool) : pool_(pool), object_(pool.take()) {}
    ~Lease() { pool_.give(std::move(object_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Object* operator->() const { return object_.get(); }
    Object& operator*() const { return *object_; }

   private:
    ObjectPool& pool_;
    std::unique_ptr<Object> object_;
  };

 private:
  std::unique_ptr<Object> take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<Object> object = std::move(idle_.back());
        idle_.pop_back();
        return object;
      }
    }
    return std::make_unique<Object>();
  }
  void give(std::unique_ptr<Object> object) noexcept {
    try {
      const std::lock_guard lock(mutex_);
      idle_.push_back(std::move(object));
    } catch (...) {  // no room to remember it: it is destroyed instead
    }
  }
  std::mutex mutex_;
  std::vector<std::unique_ptr<Object>> idle_;
};

}  // namespace gemel
