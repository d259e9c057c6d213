// Embedding against the machine's limits, all in one run; run.sh makes a table of what it prints.
//   OMP_NUM_THREADS=1 bench_inference MODEL TEXTS [--texts N] [--threads 1,2] [--only PART,…]
//                                     [--product-suffix WORDS] [--folder FOLDER]
// MODEL: a bundle whose first tower is a single-layer LSTM; TEXTS: a text a line. PART: model,
// products, memory, sentencepiece, files, tokenise, encode. A stage's rate is counted on the
// recurrent product alone, so that a share of oneDNN's product on the same shape says how much of
// what the machine can do goes into what must be done.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "infer/embedder.hpp"
#include "infer/engine/kernels.hpp"
#include "tests/bench/ceilings.hpp"
#include "tests/bench/stages.hpp"

namespace {

using namespace gemel;

struct Settings {
  std::string model, texts, suffix, folder = ".";
  std::string only = "model,products,memory,sentencepiece,files,tokenise,encode";
  std::string threads = "1,2";
  std::size_t most = 20000;

  bool asks(const std::string& part) const {
    return ("," + only + ",").find("," + part + ",") != std::string::npos;
  }
};

bool parse(int count, char** arguments, Settings& s) {
  if (count < 3 || count % 2 == 0) return false;
  s.model = arguments[1];
  s.texts = arguments[2];
  for (int i = 3; i < count; i += 2) {
    const std::string option = arguments[i], value = arguments[i + 1];
    if (option == "--texts")
      s.most = std::stoul(value);
    else if (option == "--threads")
      s.threads = value;
    else if (option == "--only")
      s.only = value;
    else if (option == "--product-suffix")
      s.suffix = value;
    else if (option == "--folder")
      s.folder = value;
    else
      return false;
  }
  return true;
}

// What run.sh must know to choose rows and to head its table.
void describe(const bench::Workload& work) {
  const Embedder embedder(work.model_path());
  std::printf("model\t%s\t%zu\t%.1f\t%lld\t%lld\n", std::string(name(embedder.precision())).c_str(),
              work.texts().size(), work.tokens_a_text(), static_cast<long long>(work.hidden()),
              static_cast<long long>(work.dimension()));
}

void measure(const bench::Workload& work, const Settings& s, int threads) {
  if (s.asks("products")) bench::measure_products(work, threads, s.suffix);
  if (s.asks("memory")) bench::measure_memory(work, threads);
  if (s.asks("sentencepiece")) bench::measure_sentencepiece(work, threads);
  if (s.asks("tokenise")) bench::measure_tokenise(work, threads);
  if (s.asks("encode"))
    for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8})
      if (infer::supported(precision)) {
        bench::measure_encode(work, threads, precision);
        bench::measure_embed(work, threads, precision);
      }
}

}  // namespace

int main(int count, char** arguments) {
  Settings settings;
  try {
    if (!parse(count, arguments, settings))
      return std::fprintf(stderr, "usage: bench_inference MODEL TEXTS [options]\n"), 2;
    const bench::Workload work(settings.model, settings.texts, settings.most);
    if (settings.asks("model")) describe(work);
    if (settings.asks("files")) bench::measure_files(work, settings.folder);
    for (const int threads : {1, 2})
      if (settings.threads.find(std::to_string(threads)) != std::string::npos)
        measure(work, settings, threads);
  } catch (const std::exception& error) {
    return std::fprintf(stderr, "bench_inference: %s\n", error.what()), 1;
  }
}
