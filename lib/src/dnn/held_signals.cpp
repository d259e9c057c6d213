#include "dnn/held_signals.hpp"

#include <dnnl.h>

#include <array>
#include <tuple>

namespace gemel::dnn {
namespace {

bool needed() {
  static const bool answer = [] {
    const dnnl_version_t& v = *dnnl_version();
    return std::tuple(v.major, v.minor, v.patch) < std::tuple(3, 11, 2);
  }();
  return answer;
}

const sigset_t& all_but_faults() {
  static const sigset_t set = [] {
    sigset_t s;
    sigfillset(&s);
    for (const int fault : std::array{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT})
      sigdelset(&s, fault);
    return s;
  }();
  return set;
}

}  // namespace

HeldSignals::HeldSignals() {
  if (needed()) pthread_sigmask(SIG_BLOCK, &all_but_faults(), &before_);
}

HeldSignals::~HeldSignals() {
  if (needed()) pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace gemel::dnn
