#include <signal.h>
#include <sys/time.h>

#include <atomic>
#include <cstddef>
#include <vector>

#include "dnn/context.hpp"
#include "dnn/recurrent.hpp"
#include "doctest.h"
#include "tests/dnn/recurrent_case.hpp"

using namespace gemel;
using namespace gemel::test;

namespace {

std::atomic<int> g_signals{0};
void count_signal(int) {
  ++g_signals;
}

/// A handler that interrupts this process 5,000 times a second, as a profiler would.
class Storm {
 public:
  Storm() {
    struct sigaction action {};
    action.sa_handler = count_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, nullptr);
    set_interval(200);
  }
  ~Storm() {
    set_interval(0);
    signal(SIGALRM, SIG_IGN);
  }

 private:
  static void set_interval(suseconds_t microseconds) {
    const itimerval every{{0, microseconds}, {0, microseconds}};
    setitimer(ITIMER_REAL, &every, nullptr);
  }
};

/// Gradients of the weights after one batch, [I + H, gates, H].
std::vector<float> gradients(const RecurrentCase& c, const dnn::Recurrent& layer) {
  dnn::Context context;
  dnn::Recurrent::Packed packed;
  dnn::Recurrent::Saved saved;
  dnn::Recurrent::Accumulator sum;
  layer.pack(context, PlainWeights(c.weights).parameters(), true, packed);
  const auto x = encode(c.precision, c.x);
  std::vector<std::byte> y(c.count(c.hidden) * (x.size() / c.x.size()));
  layer.forward(context, packed, c.steps, c.texts, x.data(), y.data(), c.hidden, &saved);
  const std::vector<float> dy = to_floats(c.dy);
  std::vector<float> dx(c.count(c.input));
  layer.zero(sum);
  layer.backward(context, packed, c.steps, c.texts, x.data(), y.data(), c.hidden, dy.data(),
                 c.hidden, saved, dx.data(), sum);
  PlainWeights result(c.zeros());
  layer.unpack(context, sum, result.gradients());
  std::vector<float> all = result.layer;
  all.insert(all.end(), result.iter.begin(), result.iter.end());
  return all;
}

}  // namespace

// oneDNN before 3.11.2 lets the stack pointer point into the heap in places, where a signal's frame
// would overwrite what lies below it.
TEST_CASE("signals that a handler catches spoil neither results nor memory") {
  for (const Kind kind : kinds()) {
    const RecurrentCase c(9, 16, 32, 32, kind.precision, 4, kind.cell);
    const dnn::Recurrent layer = c.layer();
    const auto expected = gradients(c, layer);
    const int wanted = g_signals + 500;
    const Storm storm;
    while (g_signals < wanted) REQUIRE(gradients(c, layer) == expected);
  }
}

TEST_CASE("a caller's signal mask is as it was") {
  sigset_t before, after;
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  const RecurrentCase c(3, 2, 8, 8, Precision::f32, 4, dnn::Cell::lstm);
  gradients(c, c.layer());
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (int s = 1; s < SIGRTMIN; ++s) {
    CAPTURE(s);
    CHECK(sigismember(&after, s) == sigismember(&before, s));
  }
  pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
}
