#include "infer/embedder.hpp"

#include <algorithm>
#include <chrono>
#include <gemel/error.hpp>

#include "core/check.hpp"
#include "core/parallel.hpp"
#include "infer/embedder_impl.hpp"
#include "infer/text_batches.hpp"

namespace gemel {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

void EmbedderOptions::validate() const {
  check_range("threads", threads, 0, 1024);
  check_range("max_tokens", max_tokens, 0, 65536);
  check_range("batch_texts", batch_texts, 1, 4096);
  check_range("feature_floats", feature_floats, std::int64_t{1}, std::int64_t{1} << 40);
}

void EmbedStatistics::add(const EmbedStatistics& other) {
  texts += other.texts;
  distinct += other.distinct;
  tokens += other.tokens;
  truncated += other.truncated;
  tokenize_seconds += other.tokenize_seconds;
  encode_seconds += other.encode_seconds;
}

// Writes the rows where the batch's texts came first.
void Embedder::Impl::encode_batch(std::size_t tower, const TextBatches& batches, std::int64_t batch,
                                  std::int64_t width, std::span<float> out) const {
  const auto begin = static_cast<std::size_t>(batches.begin[static_cast<std::size_t>(batch)]);
  const auto end = static_cast<std::size_t>(batches.begin[static_cast<std::size_t>(batch) + 1]);
  std::vector<const std::vector<std::int32_t>*> lists;
  std::vector<float*> rows;  // [N] → [width]
  for (std::size_t i = begin; i < end; ++i) {
    const auto text = static_cast<std::size_t>(batches.order[i]);
    lists.push_back(&batches.ids[text]);
    rows.push_back(out.data() + batches.first[text] * width);
  }
  if (engines[tower]) {
    const ObjectPool<infer::LstmEngine::Scratch>::Lease scratch(scratches.engine);
    engines[tower]->forward(lists, *scratch, rows, width > bundle.model.sentence_size());
    return;
  }
  AlignedBuffer<float> together(lists.size() * static_cast<std::size_t>(width));  // [N, width]
  const MatrixView view(together.data(), static_cast<std::int64_t>(lists.size()), width);
  const ObjectPool<dnn::Context>::Lease context(contexts);
  towers.encoder(tower).forward(*context, values, packed[tower], nn::TokenBatch::from(lists), view,
                                nullptr, nullptr);
  for (std::int64_t n = 0; n < view.rows; ++n)
    std::copy_n(view.row(n), width, rows[static_cast<std::size_t>(n)]);
}

void Embedder::Impl::encode_batches(std::size_t tower, TextBatches& batches, std::int64_t width,
                                    std::span<float> out, int threads) const {
  const bool alike = engines[tower] && engines[tower]->shares_steps();
  cut_batches({options.max_tokens, options.batch_texts, threads, alike ? 4 : 1}, batches);
  parallel_for(threads, batches.batches(),
               [&](std::int64_t batch, int) { encode_batch(tower, batches, batch, width, out); });
}

void Embedder::Impl::encode_lists(std::size_t tower, const TokenizedTexts& texts,
                                  std::int64_t width, std::span<float> out, int threads) const {
  std::vector<const std::vector<std::int32_t>*> lists;
  std::vector<float*> rows;
  lists.reserve(texts.ids.size());
  rows.reserve(texts.ids.size());
  for (std::size_t i = 0; i < texts.ids.size(); ++i) {
    lists.push_back(&texts.ids[i]);
    rows.push_back(out.data() + texts.first[i] * width);
  }
  infer::encode_lists(*engines[tower], lists, options.batch_texts, threads, scratches, rows,
                      width > bundle.model.sentence_size());
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
  return impl_->bundle.model.sentence_size();
}
int Embedder::max_tokens() const {
  return impl_->options.max_tokens;
}

std::size_t Embedder::tower(std::string_view name) const {
  return bundle().model.chosen_tower(name);
}

TowerLink Embedder::link(std::string_view name) const {
  const ModelConfig& model = bundle().model;
  if (name.empty()) return model.links.front();
  std::vector<std::string> names;
  for (std::size_t l = 0; l < model.links.size(); ++l) {
    const TowerLink& link = model.links[l];
    names.push_back(model.link_name(l));
    const std::string turned = model.towers[static_cast<std::size_t>(link.b)].name + ":" +
                               model.towers[static_cast<std::size_t>(link.a)].name;
    if (name == turned) return {link.b, link.a};
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  return model.links[index_of_name("link", name, views)];
}

EmbedStatistics Embedder::Impl::encode(std::span<const std::string_view> texts, std::int64_t floats,
                                       std::span<float> out, int threads, std::size_t tower) const {
  check_range("tower", tower, std::size_t{0}, towers.size() - 1);
  const auto width = static_cast<std::size_t>(floats);
  if (out.size() != texts.size() * width)
    throw Error("out", "holds " + std::to_string(out.size()) + " floats; " +
                           std::to_string(texts.size()) + " texts of dimension " +
                           std::to_string(width) + " need " + std::to_string(texts.size() * width));
  check_range("threads", threads, 0, 1024);
  if (threads == 0) threads = options.threads;
  EmbedStatistics statistics;
  const auto start = std::chrono::steady_clock::now();
  TextBatches tokenized{tokenize_texts(*tokenizer, texts, options.max_tokens, threads), {}, {}};
  statistics.tokenize_seconds = seconds_since(start);
  const auto encoding = std::chrono::steady_clock::now();
  statistics.texts = static_cast<std::int64_t>(texts.size());
  statistics.distinct = static_cast<std::int64_t>(tokenized.first.size());
  statistics.tokens = tokenized.tokens;
  statistics.truncated = tokenized.truncated;
  if (engines[tower]) engines[tower]->expect(tokenized.tokens);
  if (engines[tower] && engines[tower]->reads_apart())
    encode_lists(tower, tokenized, floats, out, threads);
  else
    encode_batches(tower, tokenized, floats, out, threads);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto from =
        static_cast<std::size_t>(tokenized.first[static_cast<std::size_t>(tokenized.source[i])]);
    if (from != i) std::copy_n(out.data() + from * width, width, out.data() + i * width);
  }
  statistics.encode_seconds = seconds_since(encoding);
  return statistics;
}

std::vector<float> Embedder::Impl::encode(std::string_view text, std::int64_t floats,
                                          std::size_t tower) const {
  std::vector<float> out(static_cast<std::size_t>(floats));
  encode({&text, 1}, floats, out, 1, tower);
  return out;
}

EmbedStatistics Embedder::embed(std::span<const std::string_view> texts, std::span<float> out,
                                int threads, std::size_t tower) const {
  return impl_->encode(texts, dimension(), out, threads, tower);
}

std::vector<float> Embedder::embed(std::string_view text, std::size_t tower) const {
  return impl_->encode(text, dimension(), tower);
}

}  // namespace gemel
