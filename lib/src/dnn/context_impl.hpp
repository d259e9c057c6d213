#pragma once
#include <array>
#include <cstddef>
#include <dnnl.hpp>
#include <unordered_map>

#include "core/aligned.hpp"
#include "dnn/context.hpp"

namespace gemel::dnn {

/// The CPU engine all primitives and memories share. Immutable, usable from every thread.
const dnnl::engine& cpu_engine();

/// Attributes of every primitive here: the scratchpad comes from the caller, because a primitive
/// with oneDNN's own is bound to the thread that created it.
dnnl::primitive_attr user_scratchpad();

/// While it lives, OpenMP gives this thread teams of one; afterwards the former count again.
/// Needed when a primitive is created (its scratchpad is sized for that count) and when it runs.
class SingleThreaded {
 public:
  SingleThreaded();
  ~SingleThreaded();
  SingleThreaded(const SingleThreaded&) = delete;
  SingleThreaded& operator=(const SingleThreaded&) = delete;

 private:
  int before_;
};

/// What the arena's buffers hold; each grows on its own and keeps its size between calls.
enum class Scratch { primitive, x, y, dy, dx, weights, state, dstate, count };

struct Context::Impl {
  dnnl::stream stream{cpu_engine()};
  std::array<AlignedBuffer<std::byte>, static_cast<std::size_t>(Scratch::count)> arena;

  /// At least `bytes` bytes of undefined content, valid until the same buffer is asked for again.
  std::byte* scratch(Scratch which, std::size_t bytes) {
    auto& buffer = arena[static_cast<std::size_t>(which)];
    buffer.reserve_discard(bytes);
    return buffer.data();
  }
  dnnl::memory scratchpad(const dnnl::memory::desc& desc) {
    return dnnl::memory(desc, cpu_engine(), scratch(Scratch::primitive, desc.get_size()));
  }
  /// Runs to the end, and no signal interrupts it (see HeldSignals).
  void run(const dnnl::primitive& primitive,
           const std::unordered_map<int, dnnl::memory>& arguments);
  /// Copies between layouts and types; buffers as large as their descs' get_size().
  void reorder(const dnnl::memory::desc& from, const void* source, const dnnl::memory::desc& to,
               void* target);
};

}  // namespace gemel::dnn
