#include "tests/bench/ceilings.hpp"

#include <sentencepiece_processor.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gemel/error.hpp>
#include <memory>

#include "core/parallel.hpp"
#include "infer/engine/kernels.hpp"
#include "tests/bench/memory_speed.hpp"
#include "tests/bench/raw_matmul.hpp"
#include "tests/bench/record.hpp"

namespace gemel::bench {
namespace {

constexpr const char* kSection = "Ceilings";
constexpr Precision kPrecisions[] = {Precision::f32, Precision::bf16, Precision::int8};
constexpr std::int64_t kRows = 256;                       // of a product
constexpr std::int64_t kLarge = std::int64_t{512} << 20;  // bytes, beyond a core's share of caches

double weight_bytes(Precision precision) {
  return precision == Precision::f32 ? 4 : precision == Precision::bf16 ? 2 : 1;
}

double product_speed(std::int64_t hidden, int threads, Precision precision) {
  std::vector<std::unique_ptr<RawMatmul>> products;
  for (int t = 0; t < threads; ++t)
    products.push_back(std::make_unique<RawMatmul>(kRows, hidden, 4 * hidden, precision));
  constexpr int kTurns = 500;
  const auto run = [&](int turns) {
    parallel_for(threads, threads, [&](std::int64_t t, int) {
      for (int i = 0; i < turns; ++i) products[static_cast<std::size_t>(t)]->run();
    });
  };
  run(20);
  const double took = seconds_of([&] { run(kTurns); });
  return 2.0 * static_cast<double>(kRows * hidden * 4 * hidden) * kTurns * threads / took;
}

void print_speed(const std::string& name, int threads, double a_text, double speed,
                 const std::string& unit) {
  print({kSection, name, threads, a_text / speed, "", a_text / 1e9, unit});
}

}  // namespace

std::string product_name(Precision precision) {
  return precision == Precision::int8 ? "u8s8 product" : std::string(name(precision)) + " product";
}

std::string weights_name(Precision precision) {
  return std::string(name(precision)) + " weights from cache";
}

void measure_products(const Workload& work, int threads, const std::string& suffix) {
  for (const Precision precision : kPrecisions)
    if (infer::supported(precision) && (suffix.empty() || precision != Precision::f32))
      print_speed(product_name(precision) + suffix, threads, work.operations_a_text(),
                  product_speed(work.hidden(), threads, precision), "GOP");
}

void measure_memory(const Workload& work, int threads) {
  for (const Precision precision : kPrecisions) {
    if (!infer::supported(precision)) continue;
    const double bytes = work.recurrent_weights() * weight_bytes(precision);
    print_speed(weights_name(precision), threads, 2 * work.tokens_a_text() * bytes,
                read_speed(static_cast<std::int64_t>(bytes), threads), "GB");
  }
  // A row of the gate table in bf16 for each token and direction; the vector.
  print_speed("gate rows from memory (large read)", threads,
              2 * work.tokens_a_text() * 4 * 2 * static_cast<double>(work.hidden()),
              read_speed(kLarge, threads), "GB");
  print_speed("vector to memory (large copy)", threads, 4 * static_cast<double>(work.dimension()),
              copy_speed(kLarge, threads), "GB");
}

void measure_sentencepiece(const Workload& work, int threads) {
  sentencepiece::SentencePieceProcessor processor;
  if (!processor.LoadFromSerializedProto(work.bundle().tokenizer_model).ok())
    throw Error(work.model_path(), "holds no sentencepiece model");
  constexpr std::size_t kAtOnce = 256;
  const auto& texts = work.texts();
  const std::size_t chunks = (texts.size() + kAtOnce - 1) / kAtOnce;
  const double took = seconds_of([&] {
    parallel_for(threads, static_cast<std::int64_t>(chunks), [&](std::int64_t chunk, int) {
      std::vector<int> ids;
      const auto begin = static_cast<std::size_t>(chunk) * kAtOnce;
      for (std::size_t i = begin; i < std::min(texts.size(), begin + kAtOnce); ++i)
        if (!processor.Encode(texts[i], &ids).ok()) throw Error("sentencepiece", "failed");
    });
  });
  print({kSection, kSentencepiece, threads, took / work.texts_count(), "", 0, ""});
}

void measure_files(const Workload& work, const std::string& folder) {
  std::vector<char> block(std::size_t{1} << 20, 1);
  std::int64_t read = 0;
  const double reading = seconds_of([&] {
    std::ifstream file(work.texts_path(), std::ios::binary);
    while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount())
      read += file.gcount();
  });
  // The file may hold more texts than are used, so the share of a mean text is counted.
  std::int64_t used = 0;
  for (const std::string_view text : work.texts())
    used += static_cast<std::int64_t>(text.size()) + 1;
  print_speed("reading the file of texts", 1, static_cast<double>(used) / work.texts_count(),
              static_cast<double>(read) / reading, "GB");

  const std::string path = (std::filesystem::path(folder) / "bench_inference.tmp").string();
  const double bytes = 4 * static_cast<double>(work.dimension()) * work.texts_count();
  const double writing = seconds_of([&] {
    std::ofstream file(path, std::ios::binary);
    for (double written = 0; written < bytes; written += static_cast<double>(block.size()))
      file.write(block.data(), static_cast<std::streamsize>(block.size()));
    if (!file.flush()) throw Error(path, "cannot be written");
  });
  std::filesystem::remove(path);
  print_speed(kWriting, 1, 4 * static_cast<double>(work.dimension()), bytes / writing, "GB");
}

}  // namespace gemel::bench
