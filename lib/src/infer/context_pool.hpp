#pragma once
#include <memory>
#include <mutex>
#include <vector>

#include "dnn/context.hpp"

namespace gemel {

/// oneDNN contexts kept from call to call; as many live as workers ever ran at once. Thread-safe.
class ContextPool {
 public:
  /// A context of one worker, given back when it goes out of scope.
  class Lease {
   public:
    explicit Lease(ContextPool& pool) : pool_(pool), context_(pool.take()) {}
    ~Lease() { pool_.give(std::move(context_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    dnn::Context& operator*() const { return *context_; }

   private:
    ContextPool& pool_;
    std::unique_ptr<dnn::Context> context_;
  };

 private:
  std::unique_ptr<dnn::Context> take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<dnn::Context> context = std::move(idle_.back());
        idle_.pop_back();
        return context;
      }
    }
    return std::make_unique<dnn::Context>();
  }
  void give(std::unique_ptr<dnn::Context> context) noexcept {
    try {
      const std::lock_guard lock(mutex_);
      idle_.push_back(std::move(context));
    } catch (...) {  // no room to remember it: it is destroyed instead
    }
  }
  std::mutex mutex_;
  std::vector<std::unique_ptr<dnn::Context>> idle_;
};

}  // namespace gemel
