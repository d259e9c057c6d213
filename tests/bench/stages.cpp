#include "tests/bench/stages.hpp"

#include <algorithm>
#include <cstdio>

#include "infer/embedder.hpp"
#include "infer/engine/encode_lists.hpp"
#include "tests/bench/ceilings.hpp"
#include "tests/bench/record.hpp"

namespace gemel::bench {
namespace {

constexpr const char* kSection = "Stages";

std::string encode_name(Precision precision, int texts) {
  return "encode " + std::string(name(precision)) + ", batches of " + std::to_string(texts);
}

// The slower precisions encode the first quarter of the texts.
std::size_t part(Precision precision) {
  return precision == Precision::int8 ? 1 : 4;
}

using Lists = std::vector<const std::vector<std::int32_t>*>;

struct Sample {
  Lists lists;
  double tokens = 0;
  Sample(const std::vector<std::vector<std::int32_t>>& ids, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      lists.push_back(&ids[i]);
      tokens += static_cast<double>(ids[i].size());
    }
  }
};

// Vectors of all texts, and where they go.
struct Rows {
  std::vector<float> values;
  std::vector<float*> rows;
  Rows(std::size_t texts, std::int64_t dimension)
      : values(texts * static_cast<std::size_t>(dimension)) {
    for (std::size_t i = 0; i < texts; ++i)
      rows.push_back(values.data() + i * static_cast<std::size_t>(dimension));
  }
};

// Every token once, since the engine computes a token's input product when it first meets it.
void fill_table(const infer::LstmEngine& engine, const Workload& work,
                infer::EncodeScratch& scratch) {
  constexpr std::int32_t kLength = 64;
  const auto vocabulary = static_cast<std::int32_t>(work.bundle().config().vocabulary_size);
  std::vector<std::vector<std::int32_t>> ids;
  for (std::int32_t id = 0; id < vocabulary; id += kLength) {
    ids.emplace_back();
    for (std::int32_t i = id; i < std::min(vocabulary, id + kLength); ++i) ids.back().push_back(i);
  }
  engine.expect(1 << 20);
  Rows out(ids.size(), work.dimension());
  infer::encode_lists(engine, Sample(ids, ids.size()).lists, 64, 1, scratch, out.rows);
}

// Steps that the engine makes of 100 that the texts by themselves would take.
double steps_made(const Sample& sample, std::int64_t rows) {
  double made = 0;
  infer::ReadingPlan plan;
  std::vector<std::int32_t> ids;
  std::vector<std::int64_t> begin = {0};
  for (const auto* list : sample.lists) {
    ids.insert(ids.end(), list->begin(), list->end());
    begin.push_back(std::ssize(ids));
  }
  for (const bool backward : {false, true}) {
    const std::vector<std::int64_t> order = infer::token_order(sample.lists, backward);
    const auto piece = static_cast<std::size_t>(infer::LstmEngine::piece(rows));
    for (std::size_t first = 0; first < order.size(); first += piece) {
      plan.make({ids, begin, backward},
                std::span(order).subspan(first, std::min(piece, order.size() - first)), true);
      for (const auto& start : plan.starts())
        made += static_cast<double>(start.length - start.step);
    }
  }
  return 100 * made / (2 * sample.tokens);
}

}  // namespace

void measure_tokenise(const Workload& work, int threads) {
  const double took = seconds_of([&] { work.tokenized(threads); });
  print({kSection, "tokenise", threads, took / work.texts_count(), kSentencepiece, 0, ""});
}

void measure_encode(const Workload& work, int threads, Precision precision) {
  const infer::LstmEngine engine(work.bundle().config(), work.values(), "",
                                 infer::kernels(precision));
  infer::EncodeScratch scratch;
  fill_table(engine, work, scratch);
  const TokenizedTexts all = work.tokenized(threads);
  const Sample sample(all.ids, all.ids.size() / part(precision));
  Rows out(sample.lists.size(), work.dimension());
  for (const int texts : {1, 8, 64, 128, 512}) {
    const double took = seconds_of(
        [&] { infer::encode_lists(engine, sample.lists, texts, threads, scratch, out.rows); });
    std::string against = product_name(precision) + "|" + product_name(precision) + " without AMX";
    if (texts == 128 && precision == Precision::int8)
      std::printf(
          "note\tshares count every token of every text; texts that begin or end alike share "
          "steps, so that %.0f %% of them are made (with 128 texts at a time)\n",
          steps_made(sample, texts));
    if (texts == 1) against = weights_name(precision) + "|" + against;
    print({kSection, encode_name(precision, texts), threads,
           took / sample.tokens * work.tokens_a_text(), against, 0, ""});
  }
}

void measure_embed(const Workload& work, int threads, Precision precision) {
  EmbedderOptions options;
  options.precision = precision;
  options.threads = threads;
  const Embedder embedder(work.model_path(), options);
  const std::span<const std::string_view> texts(work.texts().data(),
                                                work.texts().size() / part(precision));
  std::vector<float> out(texts.size() * static_cast<std::size_t>(work.dimension()));
  embedder.embed(texts, out);
  const double took = seconds_of([&] { embedder.embed(texts, out); });
  print({kSection, "embed " + std::string(name(precision)) + ", text to vector", threads,
         took / static_cast<double>(texts.size()), encode_name(precision, 128), 0, ""});
}

}  // namespace gemel::bench
