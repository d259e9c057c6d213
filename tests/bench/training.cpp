// A whole training step against oneDNN's bare LSTM primitive on the shapes of the same batch.
//   bench_training [--repeats R] [--f32] [--hidden H] [--pairs N] [--mean-length T]
// One thread; the two in turn; medians of the thread's CPU time. A step is everything that `gemel
// train` does between two batches: packing, gather, both directions, pooling, in-batch negatives,
// loss, backward, clipping, Adam. The primitive's time is forward_training and backward of both
// directions for every chunk of the batch, padding included.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "dnn/context.hpp"
#include "tests/bench/raw_lstm.hpp"
#include "train/step.hpp"

namespace {

using namespace gemel;
constexpr std::size_t kChunkTexts = 128;  // as BatchEncoder cuts a batch of one shard
constexpr int kVocabulary = 16000;

struct Settings {
  int repeats = 15, hidden = 256, pairs = 256, mean_length = 13;
  Precision precision = dnn::best_precision();
};

Settings parse(int argc, char** argv) {
  Settings s;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const auto number = [&] { return i + 1 < argc ? std::atoi(argv[++i]) : 0; };
    if (option == "--repeats")
      s.repeats = number();
    else if (option == "--hidden")
      s.hidden = number();
    else if (option == "--pairs")
      s.pairs = number();
    else if (option == "--mean-length")
      s.mean_length = number();
    else if (option == "--f32")
      s.precision = Precision::f32;
    else
      std::exit((std::fprintf(stderr, "unknown option %s\n", option.c_str()), 2));
  }
  return s;
}

// Random texts whose lengths spread evenly from half to one and a half times the mean, in order of
// length within a batch, as the batcher's buckets give them (a few lengths a batch).
train::Dataset random_pairs(const Settings& s) {
  Random random(1);
  train::Dataset data;
  for (int i = 0; i < s.pairs; ++i) data.add("a" + std::to_string(i), "b" + std::to_string(i), 1);
  data.tokenise(
      [&](std::string_view, std::vector<std::int32_t>& ids) {
        const auto mean = static_cast<std::uint64_t>(s.mean_length);
        const std::uint64_t length = std::max<std::uint64_t>(1, mean / 2 + random.below(mean + 1));
        for (std::uint64_t t = 0; t < length; ++t)
          ids.push_back(static_cast<std::int32_t>(random.below(kVocabulary)));
      },
      4096, 1);
  return data;
}

std::vector<std::unique_ptr<bench::RawLstm>> raw_primitives(const Settings& s,
                                                            const train::Dataset& data) {
  std::vector<std::int64_t> lengths;
  for (std::int64_t row = 0; row < data.text_count(); ++row)
    lengths.push_back(static_cast<std::int64_t>(data.tokens(row).size()));
  std::sort(lengths.rbegin(), lengths.rend());
  std::vector<std::unique_ptr<bench::RawLstm>> raw;
  for (std::size_t begin = 0; begin < lengths.size(); begin += kChunkTexts) {
    const auto texts = static_cast<std::int64_t>(std::min(kChunkTexts, lengths.size() - begin));
    for (int direction = 0; direction < 2; ++direction)
      raw.push_back(std::make_unique<bench::RawLstm>(
          bench::Shape{lengths[begin], texts, s.hidden, s.hidden, s.precision}));
  }
  return raw;
}

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const Settings s = parse(argc, argv);
  const train::Dataset data = random_pairs(s);
  ModelConfig model;
  EncoderConfig& config = model.towers[0].encoder;
  config.vocabulary_size = kVocabulary;
  config.embedding_size = config.hidden_size = s.hidden;
  config.dropout_output = 0.1f;
  train::TrainOptions options;
  options.batch_pairs = s.pairs;
  options.sampling.batch_negatives = 1;
  options.learning_rate = 1e-4f;
  options.decay = train::Decay::constant;
  options.shards = options.threads = 1;
  const nn::Towers towers(model, s.precision);
  ParameterBlock values(towers.layout());
  Random random(1);
  towers.initialise(values, random);
  const train::Teacher teacher;
  const train::TextCoder coder;
  const nn::ZeroBlocks none;
  train::Stepper stepper(towers, options, data, teacher, none, coder, values);
  train::BatchOptions batches;
  batches.examples = s.pairs;
  train::Batcher batcher(data, model.links, batches, 1);
  batcher.start_epoch(0);
  const train::Batch batch = batcher.batch(0);
  train::Progress progress;
  const auto raw = raw_primitives(s, data);

  std::vector<double> ours, theirs;
  for (int r = -1; r < s.repeats; ++r) {
    const double start = thread_seconds();
    stepper.run(batch, s.repeats + 1, progress);
    const double middle = thread_seconds();
    for (const auto& primitive : raw) primitive->train();
    if (r < 0) continue;  // warm-up
    ours.push_back(middle - start);
    theirs.push_back(thread_seconds() - middle);
  }
  const double step = median(ours), bare = median(theirs);
  const auto texts = static_cast<double>(data.text_count());
  const auto tokens = static_cast<double>(data.token_count());
  std::printf("%s, H %d, %d pairs, %.1f tokens a text, one thread, medians of %d\n",
              std::string(name(s.precision)).c_str(), s.hidden, s.pairs, tokens / texts, s.repeats);
  std::printf("               ms/step   texts/s  tokens/s\n");
  std::printf("bare primitive %7.1f  %8.0f  %8.0f\n", bare * 1e3, texts / bare, tokens / bare);
  std::printf("training step  %7.1f  %8.0f  %8.0f  = %.1f %% of the primitive\n", step * 1e3,
              texts / step, tokens / step, 100 * bare / step);
  return 0;
}
