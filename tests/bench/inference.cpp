// Embedding against the machine's limits, all in one run.
//   OMP_NUM_THREADS=1 bench_inference MODEL TEXTS [--texts N] [--repeats R]
// MODEL: a bundle with one single-layer LSTM tower; TEXTS: a text a line. Ceilings: oneDNN's matrix
// product on the recurrent shape (256 rows), each thread on its own. A stage's rate is counted on
// the recurrent product alone (2 · 2 directions · tokens · 4 H² operations), so that a share says
// how much of what the machine can do goes into what must be done. Best of R repeats, stages and
// ceilings in turn.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "infer/embedder.hpp"
#include "infer/engine/lstm_engine.hpp"
#include "infer/text_batches.hpp"
#include "model/bundle_file.hpp"
#include "nn/towers.hpp"
#include "tests/bench/raw_matmul.hpp"
#include "tokenizer/tokenizer.hpp"

namespace {

using namespace gemel;
using Clock = std::chrono::steady_clock;

double seconds(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The same work on each of some threads at once.
void on_threads(int threads, const std::function<void(int)>& work) {
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t) others.emplace_back(work, t);
  work(0);
  for (std::thread& other : others) other.join();
}

struct Input {
  std::vector<std::string> lines;
  std::vector<std::string_view> texts;
  Input(const char* path, std::size_t most) {
    std::ifstream file(path);
    for (std::string line; lines.size() < most && std::getline(file, line);) lines.push_back(line);
    texts.assign(lines.begin(), lines.end());
  }
};

struct Best {
  double value = 0;
  void take(double rate) { value = std::max(value, rate); }
};

class Bench {
 public:
  Bench(const char* model, const char* texts, std::size_t most)
      : path_(model),
        file_(model),
        input_(texts, most),
        towers_(file_.bundle().model, Precision::f32),
        values_(towers_.layout()),
        tokenizer_(file_.bundle().tokenizer_model,
                   normalization_from_name(file_.bundle().normalizer)) {
    file_.load_parameters(values_);
    hidden_ = file_.bundle().config().hidden_size;
  }

  void run(int repeats) {
    std::printf("%zu texts, H %lld\n", input_.texts.size(), static_cast<long long>(hidden_));
    for (const int threads : {1, 2}) {
      tokenise(threads, repeats);
      for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8})
        if (infer::supported(precision)) encode(threads, precision, repeats);
    }
  }

 private:
  void tokenise(int threads, int repeats) {
    Best rate;
    for (int r = 0; r < repeats; ++r)
      rate.take(static_cast<double>(input_.texts.size()) / seconds([&] { batches(256, threads); }));
    std::printf("%d thread%s  tokenise, find copies, sort   %9.0f texts/s  %5.1f us\n", threads,
                threads > 1 ? "s" : " ", rate.value, 1e6 / rate.value);
  }

  TextBatches batches(int texts, int threads) const {
    return make_batches(tokenizer_, input_.texts, {file_.bundle().max_tokens, texts, threads});
  }

  double ceiling(int threads, Precision precision) const {
    std::vector<std::unique_ptr<bench::RawMatmul>> products;
    for (int t = 0; t < threads; ++t)
      products.push_back(std::make_unique<bench::RawMatmul>(256, hidden_, 4 * hidden_, precision));
    constexpr int kTurns = 200;
    const double took = seconds([&] {
      on_threads(threads, [&](int t) {
        for (int i = 0; i < kTurns; ++i) products[static_cast<std::size_t>(t)]->run();
      });
    });
    return 2.0 * 256 * static_cast<double>(hidden_ * 4 * hidden_) * kTurns * threads / took;
  }

  double encode_seconds(const infer::LstmEngine& engine, const TextBatches& b, int threads) const {
    const std::int64_t width = file_.bundle().model.sentence_size();
    return seconds([&] {
      std::atomic<std::int64_t> next = 0;
      on_threads(threads, [&](int) {
        infer::LstmEngine::Scratch scratch;
        std::vector<float> rows;
        std::vector<const std::vector<std::int32_t>*> lists;
        for (std::int64_t i = next++; i < b.batches(); i = next++) {
          lists.clear();
          for (std::int64_t k = b.begin[static_cast<std::size_t>(i)];
               k < b.begin[static_cast<std::size_t>(i) + 1]; ++k)
            lists.push_back(&b.ids[static_cast<std::size_t>(b.order[static_cast<std::size_t>(k)])]);
          rows.resize(lists.size() * static_cast<std::size_t>(width));
          engine.forward(lists, scratch,
                         MatrixView(rows.data(), static_cast<std::int64_t>(lists.size()), width));
        }
      });
    });
  }

  void encode(int threads, Precision precision, int repeats) {
    const infer::LstmEngine engine(file_.bundle().config(), values_, "", infer::kernels(precision));
    Best top;
    for (const int at_once : {1, 8, 48, 64, 512}) {
      const TextBatches b = batches(at_once, threads);
      const double operations =
          2.0 * 2 * static_cast<double>(b.tokens) * 4 * static_cast<double>(hidden_ * hidden_);
      Best rate;
      for (int r = 0; r < repeats; ++r) {
        top.take(ceiling(threads, precision));
        rate.take(1 / encode_seconds(engine, b, threads));
      }
      std::printf(
          "%d thread%s  encode %-4s batches of %-3d      %9.0f texts/s  %5.1f us  %5.0f GOP/s "
          "= %2.0f %% of matmul's %.0f\n",
          threads, threads > 1 ? "s" : " ", std::string(name(precision)).c_str(), at_once,
          rate.value * static_cast<double>(b.ids.size()),
          1e6 / (rate.value * static_cast<double>(b.ids.size())), operations * rate.value / 1e9,
          100 * operations * rate.value / top.value, top.value / 1e9);
    }
    EmbedderOptions options;
    options.precision = precision;
    options.threads = threads;
    const Embedder embedder(path_, options);
    std::vector<float> out(input_.texts.size() * static_cast<std::size_t>(embedder.dimension()));
    Best rate;
    for (int r = 0; r < repeats; ++r)
      rate.take(static_cast<double>(input_.texts.size()) /
                seconds([&] { embedder.embed(input_.texts, out); }));
    std::printf("%d thread%s  embed  %-4s text to vector       %9.0f texts/s  %5.1f us\n", threads,
                threads > 1 ? "s" : " ", std::string(name(precision)).c_str(), rate.value,
                1e6 / rate.value);
  }

  std::string path_;
  BundleFile file_;
  Input input_;
  nn::Towers towers_;
  ParameterBlock values_;
  Tokenizer tokenizer_;
  std::int64_t hidden_;
};

}  // namespace

int main(int count, char** arguments) {
  std::size_t texts = 20000;
  int repeats = 3;
  for (int i = 3; i + 1 < count; i += 2) {
    const std::string option = arguments[i];
    if (option == "--texts") texts = static_cast<std::size_t>(std::atoll(arguments[i + 1]));
    if (option == "--repeats") repeats = std::atoi(arguments[i + 1]);
  }
  if (count < 3) return std::fprintf(stderr, "usage: bench_inference MODEL TEXTS\n"), 2;
  Bench(arguments[1], arguments[2], texts).run(repeats);
}
