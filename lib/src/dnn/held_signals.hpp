#pragma once
#include <signal.h>

namespace gemel::dnn {

/// While it lives, this thread gets no signal but those of its own faults; those that come wait.
/// oneDNN's f32 matrix product for AVX-512 (and for AVX2 in other shapes) lets the stack pointer
/// point into the heap, where a signal's frame overwrites what lies below it; oneDNN 3.11.2 mended
/// that (github.com/uxlfoundation/oneDNN/issues/4845). Not needed from that version on.
class HeldSignals {
 public:
  HeldSignals();
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace gemel::dnn
