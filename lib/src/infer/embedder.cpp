#include "infer/embedder.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <gemel/error.hpp>

#include "core/check.hpp"
#include "core/parallel.hpp"
#include "infer/context_pool.hpp"
#include "infer/text_batches.hpp"
#include "model/bundle_file.hpp"
#include "nn/encoder.hpp"

namespace gemel {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Precision usable(Precision wanted) {
  return wanted == Precision::bf16 && !dnn::supported(Precision::bf16) ? Precision::f32 : wanted;
}

// Errors of the tokenizer do not know which file they are about.
Tokenizer make_tokenizer(const BundleFile& file) {
  try {
    Tokenizer tokenizer(file.bundle().tokenizer_model,
                        normalization_from_name(file.bundle().normalizer));
    if (tokenizer.vocabulary_size() != file.bundle().config.vocabulary_size)
      throw Error("tokenizer",
                  "has " + std::to_string(tokenizer.vocabulary_size()) +
                      " pieces; its config asks for " +
                      std::to_string(file.bundle().config.vocabulary_size),
                  "train anew");
    return tokenizer;
  } catch (const Error& e) {
    throw Error(file.path() + ", " + e.where(), e.problem(), e.advice());
  }
}

// The layout is checked before the block is allocated: sizes come from the file.
ParameterBlock load_values(const BundleFile& file, const nn::Encoder& encoder) {
  file.check_parameters(encoder.layout());
  ParameterBlock values(encoder.layout());
  file.load_parameters(values);
  return values;
}

}  // namespace

void EmbedderOptions::validate() const {
  check_range("threads", threads, 0, 1024);
  check_range("max_tokens", max_tokens, 0, 65536);
  check_range("batch_texts", batch_texts, 1, 4096);
}

void EmbedStatistics::add(const EmbedStatistics& other) {
  texts += other.texts;
  distinct += other.distinct;
  tokens += other.tokens;
  truncated += other.truncated;
  tokenize_seconds += other.tokenize_seconds;
  encode_seconds += other.encode_seconds;
}

struct Embedder::Impl {
  Impl(const BundleFile& file, const EmbedderOptions& o)
      : path(file.path()),
        bundle(file.bundle()),
        options(o),
        precision(usable(o.precision)),
        tokenizer(make_tokenizer(file)),
        encoder(bundle.config, precision),
        values(load_values(file, encoder)) {
    const ContextPool::Lease context(contexts);
    encoder.pack(*context, values, /*training=*/false, packed);
    if (options.max_tokens == 0) options.max_tokens = bundle.max_tokens;
    if (options.threads == 0) options.threads = available_cores();
  }

  std::string path;
  Bundle bundle;
  EmbedderOptions options;  // with the zeros resolved
  Precision precision;
  Tokenizer tokenizer;
  nn::Encoder encoder;
  ParameterBlock values;
  nn::Encoder::Packed packed;
  mutable ContextPool contexts;

  void encode_batch(const TextBatches&, std::int64_t batch, std::span<float> out) const;
};

// Writes the rows where the batch's texts came first.
void Embedder::Impl::encode_batch(const TextBatches& batches, std::int64_t batch,
                                  std::span<float> out) const {
  const auto begin = static_cast<std::size_t>(batches.begin[static_cast<std::size_t>(batch)]);
  const auto end = static_cast<std::size_t>(batches.begin[static_cast<std::size_t>(batch) + 1]);
  std::vector<const std::vector<std::int32_t>*> lists;
  for (std::size_t i = begin; i < end; ++i)
    lists.push_back(&batches.ids[static_cast<std::size_t>(batches.order[i])]);
  const std::int64_t width = bundle.config.sentence_size();
  AlignedBuffer<float> rows(lists.size() * static_cast<std::size_t>(width));  // [N, D]
  const ContextPool::Lease context(contexts);
  encoder.forward(*context, values, packed, nn::TokenBatch::from(lists),
                  MatrixView(rows.data(), static_cast<std::int64_t>(lists.size()), width), nullptr,
                  nullptr);
  for (std::size_t i = begin; i < end; ++i) {
    const std::int64_t row = batches.first[static_cast<std::size_t>(batches.order[i])];
    std::copy_n(rows.data() + static_cast<std::int64_t>(i - begin) * width, width,
                out.data() + row * width);
  }
}

Embedder::Embedder(const std::string& bundle_path, const EmbedderOptions& options) {
  options.validate();
  impl_ = std::make_unique<Impl>(BundleFile(bundle_path), options);
  if (options.self_test) self_test();
}
Embedder::Embedder(Embedder&&) noexcept = default;
Embedder& Embedder::operator=(Embedder&&) noexcept = default;
Embedder::~Embedder() = default;

const Bundle& Embedder::bundle() const {
  return impl_->bundle;
}
const std::string& Embedder::path() const {
  return impl_->path;
}
Precision Embedder::precision() const {
  return impl_->precision;
}
std::int64_t Embedder::dimension() const {
  return impl_->bundle.config.sentence_size();
}
int Embedder::max_tokens() const {
  return impl_->options.max_tokens;
}

EmbedStatistics Embedder::embed(std::span<const std::string_view> texts, std::span<float> out,
                                int threads) const {
  const auto width = static_cast<std::size_t>(dimension());
  if (out.size() != texts.size() * width)
    throw Error("out", "holds " + std::to_string(out.size()) + " floats; " +
                           std::to_string(texts.size()) + " texts of dimension " +
                           std::to_string(width) + " need " + std::to_string(texts.size() * width));
  check_range("threads", threads, 0, 1024);
  if (threads == 0) threads = impl_->options.threads;
  EmbedStatistics statistics;
  const auto start = std::chrono::steady_clock::now();
  const TextBatches batches = make_batches(
      impl_->tokenizer, texts, {impl_->options.max_tokens, impl_->options.batch_texts, threads});
  statistics.tokenize_seconds = seconds_since(start);
  const auto tokenized = std::chrono::steady_clock::now();
  parallel_for(threads, batches.batches(),
               [&](std::int64_t batch, int) { impl_->encode_batch(batches, batch, out); });
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto first =
        static_cast<std::size_t>(batches.first[static_cast<std::size_t>(batches.source[i])]);
    if (first != i) std::copy_n(out.data() + first * width, width, out.data() + i * width);
  }
  statistics.encode_seconds = seconds_since(tokenized);
  statistics.texts = static_cast<std::int64_t>(texts.size());
  statistics.distinct = static_cast<std::int64_t>(batches.first.size());
  statistics.tokens = batches.tokens;
  statistics.truncated = batches.truncated;
  return statistics;
}

std::vector<float> Embedder::embed(std::string_view text) const {
  std::vector<float> out(static_cast<std::size_t>(dimension()));
  embed({&text, 1}, out, 1);
  return out;
}

std::vector<TokenAttention> Embedder::attention(std::string_view text) const {
  const auto& pooling = impl_->bundle.config.pooling;
  if (std::find(pooling.begin(), pooling.end(), Pooling::attention) == pooling.end())
    throw Error(impl_->path, "has no attention pooling, so it cannot weigh tokens",
                "train a model with attention pooling");
  const TextBatches batches =
      make_batches(impl_->tokenizer, {&text, 1}, {impl_->options.max_tokens, 1, 1});
  const std::vector<std::int32_t>& ids = batches.ids.front();
  const ContextPool::Lease context(impl_->contexts);
  const std::vector<float> weights =  // [heads, length]
      impl_->encoder.attention(*context, impl_->values, impl_->packed, nn::TokenBatch::from({&ids}))
          .front();
  const std::size_t heads = weights.size() / ids.size();
  std::vector<TokenAttention> tokens(ids.size());
  for (std::size_t t = 0; t < ids.size(); ++t) {
    tokens[t].token = impl_->tokenizer.piece(ids[t]);
    for (std::size_t h = 0; h < heads; ++h) {
      tokens[t].heads.push_back(weights[h * ids.size() + t]);
      tokens[t].weight += tokens[t].heads.back() / static_cast<float>(heads);
    }
  }
  return tokens;
}

void Embedder::self_test() const {
  const double tolerance = precision() == Precision::f32 ? 0.01 : 0.05;
  for (const SelfTest& test : bundle().self_tests) {
    const std::vector<float> found = embed(test.text);
    double error = 0, norm = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      error += std::pow(double{found[i]} - double{test.embedding[i]}, 2);
      norm += std::pow(double{test.embedding[i]}, 2);
    }
    if (error <= tolerance * tolerance * norm) continue;
    throw Error(path(),
                "fails its self-test: '" + test.text +
                    "' gets another embedding than it got "
                    "where the model was trained",
                "train anew on this machine, or report it");
  }
}

}  // namespace gemel
