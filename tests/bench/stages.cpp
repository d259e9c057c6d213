#include "tests/bench/stages.hpp"

#include <algorithm>
#include <cstdio>

#include "core/parallel.hpp"
#include "infer/embedder.hpp"
#include "infer/engine/lstm_engine.hpp"
#include "tests/bench/ceilings.hpp"
#include "tests/bench/record.hpp"

namespace gemel::bench {
namespace {

constexpr const char* kSection = "Stages";

std::string encode_name(Precision precision, int texts) {
  return "encode " + std::string(name(precision)) + ", batches of " + std::to_string(texts);
}

// The slower precisions encode every fourth batch, evenly over all lengths.
std::int64_t stride(Precision precision) {
  return precision == Precision::int8 ? 1 : 4;
}

using Lists = std::vector<const std::vector<std::int32_t>*>;

struct Sample {
  std::vector<Lists> batches;
  double tokens = 0;
  Sample(const TextBatches& all, std::int64_t step) {
    for (std::int64_t i = step / 2; i < all.batches(); i += step) {
      Lists& lists = batches.emplace_back();
      for (std::int64_t k = all.begin[static_cast<std::size_t>(i)];
           k < all.begin[static_cast<std::size_t>(i) + 1]; ++k) {
        lists.push_back(&all.ids[static_cast<std::size_t>(all.order[static_cast<std::size_t>(k)])]);
        tokens += static_cast<double>(lists.back()->size());
      }
    }
  }
};

void encode(const infer::LstmEngine& engine, const Sample& sample, std::int64_t dimension,
            int threads) {
  struct Worker {
    infer::LstmEngine::Scratch scratch;
    std::vector<float> rows;  // [N, D]
  };
  std::vector<Worker> workers(static_cast<std::size_t>(threads));
  parallel_for(
      threads, static_cast<std::int64_t>(sample.batches.size()), [&](std::int64_t i, int w) {
        const Lists& lists = sample.batches[static_cast<std::size_t>(i)];
        Worker& worker = workers[static_cast<std::size_t>(w)];
        worker.rows.resize(lists.size() * static_cast<std::size_t>(dimension));
        engine.forward(
            lists, worker.scratch,
            MatrixView(worker.rows.data(), static_cast<std::int64_t>(lists.size()), dimension));
      });
}

// Every token once, since the engine computes a token's input product when it first meets it.
void fill_table(const infer::LstmEngine& engine, const Workload& work) {
  constexpr std::int32_t kLength = 64;
  const auto vocabulary = static_cast<std::int32_t>(work.bundle().config().vocabulary_size);
  TextBatches all;
  for (std::int32_t id = 0; id < vocabulary; id += kLength) {
    std::vector<std::int32_t>& ids = all.ids.emplace_back();
    for (std::int32_t i = id; i < std::min(vocabulary, id + kLength); ++i) ids.push_back(i);
    all.order.push_back(static_cast<std::int64_t>(all.order.size()));
    all.begin.push_back(all.order.back());
  }
  all.begin.push_back(static_cast<std::int64_t>(all.order.size()));
  engine.expect(1 << 20);
  encode(engine, Sample(all, 1), work.dimension(), 1);
}

// Steps that the engine makes of 100 that the texts by themselves would take.
double steps_made(const Sample& sample) {
  double made = 0;
  infer::ReadingPlan plan;
  for (const Lists& lists : sample.batches) {
    std::vector<std::int32_t> ids;
    std::vector<std::int64_t> begin = {0};
    for (const auto* list : lists) {
      ids.insert(ids.end(), list->begin(), list->end());
      begin.push_back(std::ssize(ids));
    }
    for (const bool backward : {false, true}) {
      plan.make({ids, begin, backward}, true);
      for (const auto& start : plan.starts())
        made += static_cast<double>(start.length - start.step);
    }
  }
  return 100 * made / (2 * sample.tokens);
}

}  // namespace

void measure_tokenise(const Workload& work, int threads) {
  const double took = seconds_of([&] { work.batches(48, threads); });
  print({kSection, "tokenise", threads, took / work.texts_count(), kSentencepiece, 0, ""});
}

void measure_encode(const Workload& work, int threads, Precision precision) {
  const infer::LstmEngine engine(work.bundle().config(), work.values(), "",
                                 infer::kernels(precision));
  fill_table(engine, work);
  for (const int texts : {1, 8, 64, 128, 512}) {
    const TextBatches all = work.batches(texts, threads);
    const Sample sample(all, stride(precision));
    const double took = seconds_of([&] { encode(engine, sample, work.dimension(), threads); });
    std::string against = product_name(precision) + "|" + product_name(precision) + " without AMX";
    if (texts == 128 && precision == Precision::int8)
      std::printf(
          "note\tshares count every token of every text; in batches of 128 texts that begin or end "
          "alike share steps, so that %.0f %% of them are made\n",
          steps_made(sample));
    if (texts == 1) against = weights_name(precision) + "|" + against;
    print({kSection, encode_name(precision, texts), threads,
           took / sample.tokens * work.tokens_a_text(), against, 0, ""});
  }
  EmbedderOptions options;
  options.precision = precision;
  options.threads = threads;
  const Embedder embedder(work.model_path(), options);
  const std::span<const std::string_view> texts(
      work.texts().data(), work.texts().size() / static_cast<std::size_t>(stride(precision)));
  std::vector<float> out(texts.size() * static_cast<std::size_t>(work.dimension()));
  embedder.embed(texts, out);
  const double took = seconds_of([&] { embedder.embed(texts, out); });
  print({kSection, "embed " + std::string(name(precision)) + ", text to vector", threads,
         took / static_cast<double>(texts.size()), encode_name(precision, 128), 0, ""});
}

}  // namespace gemel::bench
