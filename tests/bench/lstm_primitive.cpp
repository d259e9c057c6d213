// gemel's LSTM against oneDNN's bare primitive on the same shapes, one direction, one thread.
//   bench_lstm_primitive [--repeats R] [TxNxIxH[:f32|:bf16]]…
// The two are timed in turn; medians of R rounds of the thread's CPU time, which other processes
// disturb less than the clock on the wall. "step" adds to forward and backward what a training step
// needs once: packing the weights, zeroing and unpacking the gradients.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "dnn/context.hpp"
#include "dnn/recurrent.hpp"
#include "tests/bench/raw_lstm.hpp"

namespace {

using namespace gemel;
using bench::Shape;

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Median seconds of each task over `repeats` rounds, after one round to warm up.
std::vector<double> medians(int repeats, const std::vector<std::function<void()>>& tasks) {
  std::vector<std::vector<double>> times(tasks.size());
  for (int r = -1; r < repeats; ++r) {
    for (std::size_t k = 0; k < tasks.size(); ++k) {
      const double start = thread_seconds();
      tasks[k]();
      if (r >= 0) times[k].push_back(thread_seconds() - start);
    }
  }
  std::vector<double> out;
  for (auto& t : times) {
    const auto middle = t.begin() + static_cast<std::ptrdiff_t>(t.size() / 2);
    std::nth_element(t.begin(), middle, t.end());
    out.push_back(*middle);
  }
  return out;
}

/// gemel's Lstm with every buffer it needs.
struct Ours {
  Shape s;
  dnn::Recurrent lstm;
  dnn::Context context;
  dnn::Recurrent::Packed packed;
  dnn::Recurrent::Saved saved;
  dnn::Recurrent::Accumulator accumulator;
  std::vector<float> layer, iter, bias, layer_grad, iter_grad, bias_grad;
  std::vector<float> x, y, dx, dy;  // x and y as large as f32 wants; bf16 uses half

  explicit Ours(const Shape& shape)
      : s(shape),
        lstm(s.input, s.hidden, s.precision),
        layer(count(s.input * 4 * s.hidden), 0.01f),
        iter(count(s.hidden * 4 * s.hidden), 0.01f),
        bias(count(4 * s.hidden), 0.1f),
        layer_grad(layer.size()),
        iter_grad(iter.size()),
        bias_grad(bias.size()),
        x(count(s.steps * s.texts * s.input)),
        y(count(s.steps * s.texts * s.hidden)),
        dx(x.size()),
        dy(y.size(), 0.01f) {
    pack();
    lstm.zero(accumulator);
  }
  static std::size_t count(std::int64_t n) { return static_cast<std::size_t>(n); }
  void pack() { lstm.pack(context, {layer.data(), iter.data(), bias.data()}, true, packed); }
  void infer() {
    lstm.forward(context, packed, static_cast<int>(s.steps), static_cast<int>(s.texts), x.data(),
                 y.data(), s.hidden, nullptr);
  }
  void train() {
    const int t = static_cast<int>(s.steps), n = static_cast<int>(s.texts);
    lstm.forward(context, packed, t, n, x.data(), y.data(), s.hidden, &saved);
    lstm.backward(context, packed, t, n, x.data(), y.data(), s.hidden, dy.data(), s.hidden, saved,
                  dx.data(), accumulator);
  }
  void step() {
    pack();
    lstm.zero(accumulator);
    train();
    lstm.unpack(context, accumulator, {layer_grad.data(), iter_grad.data(), bias_grad.data()});
  }
};

void measure(const Shape& s, int repeats) {
  bench::RawLstm raw(s);
  Ours ours(s);
  const auto t =
      medians(repeats, {[&] { raw.train(); }, [&] { ours.train(); }, [&] { ours.step(); },
                        [&] { raw.infer(); }, [&] { ours.infer(); }});
  const double texts = static_cast<double>(s.texts), tokens = texts * static_cast<double>(s.steps);
  std::printf("T=%lld N=%lld I=%lld H=%lld %s\n", static_cast<long long>(s.steps),
              static_cast<long long>(s.texts), static_cast<long long>(s.input),
              static_cast<long long>(s.hidden), std::string(name(s.precision)).c_str());
  const auto row = [&](const char* label, double seconds, double bare) {
    std::printf("  %-28s %9.3f ms %10.0f texts/s %12.0f tokens/s %6.1f %%\n", label, 1e3 * seconds,
                texts / seconds, tokens / seconds, 100 * bare / seconds);
  };
  row("oneDNN forward + backward", t[0], t[0]);
  row("gemel forward + backward", t[1], t[0]);
  row("gemel step", t[2], t[0]);
  row("oneDNN inference", t[3], t[3]);
  row("gemel inference", t[4], t[3]);
}

Shape parse(const std::string& text) {
  long long t = 0, n = 0, i = 0, h = 0;
  char type[5] = "f32";
  const int found = std::sscanf(text.c_str(), "%lldx%lldx%lldx%lld:%4s", &t, &n, &i, &h, type);
  if (found < 4 || t < 1 || n < 1 || i < 1 || h < 1) {
    std::fprintf(stderr, "'%s' is not TxNxIxH[:f32|:bf16]\n", text.c_str());
    std::exit(2);
  }
  return {t, n, i, h, precision_from_name(type)};
}

}  // namespace

int main(int argc, char** argv) {
  try {
    int repeats = 15;
    std::vector<Shape> shapes;
    for (int k = 1; k < argc; ++k) {
      if (std::string(argv[k]) == "--repeats" && k + 1 < argc)
        repeats = std::max(1, std::atoi(argv[++k]));
      else
        shapes.push_back(parse(argv[k]));
    }
    if (shapes.empty())
      for (const char* text : {"12x256x256x256", "32x64x128x128"})
        for (Precision p : {Precision::f32, dnn::best_precision()})
          shapes.push_back(parse(text + (":" + std::string(name(p)))));
    std::printf("%s; medians of %d, CPU time of one thread\n", dnn::describe_backend().c_str(),
                repeats);
    for (const Shape& s : shapes) measure(s, repeats);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
