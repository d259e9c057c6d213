#include "train/batch_encoder.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <numeric>

#include "core/parallel.hpp"
#include "core/random.hpp"

namespace gemel::train {
namespace {
constexpr std::size_t kChunkTexts = 128;  // enough rows for full matrix tiles, little padding
}

BatchEncoder::BatchEncoder(const nn::Encoder& encoder, int shards, int threads)
    : encoder_(&encoder), threads_(std::min(threads, shards)) {
  for (int s = 0; s < shards; ++s) shards_.push_back(std::make_unique<Shard>());
}

void BatchEncoder::for_each_shard(const std::function<void(Shard&)>& task) {
  parallel_for(threads_, static_cast<std::int64_t>(shards_.size()),
               [&](std::int64_t s, int) { task(*shards_[static_cast<std::size_t>(s)]); });
}

void BatchEncoder::pack(const ParameterBlock& values, bool training) {
  encoder_->pack(shards_[0]->context, values, training, packed_);
}

// Longest texts first; each chunk goes to the shard with the least work so far.
void BatchEncoder::deal(const std::vector<Tokens>& texts) {
  work_ = {};
  for (const auto& shard : shards_) shard->used = 0, shard->load = 0;
  std::vector<std::int32_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0);
  const auto length = [&](std::int32_t i) { return texts[static_cast<std::size_t>(i)].size(); };
  std::stable_sort(order.begin(), order.end(),
                   [&](auto i, auto j) { return length(i) > length(j); });
  const std::size_t per_shard = (texts.size() + shards_.size() - 1) / shards_.size();
  const std::size_t chunk_texts = std::max<std::size_t>(1, std::min(kChunkTexts, per_shard));
  for (std::size_t begin = 0; begin < order.size(); begin += chunk_texts) {
    const std::size_t end = std::min(begin + chunk_texts, order.size());
    Shard& shard = **std::min_element(shards_.begin(), shards_.end(),
                                      [](auto& x, auto& y) { return x->load < y->load; });
    if (shard.used == shard.chunks.size()) shard.chunks.emplace_back();
    Chunk& chunk = shard.chunks[shard.used++];
    chunk.rows.assign(order.begin() + static_cast<std::ptrdiff_t>(begin),
                      order.begin() + static_cast<std::ptrdiff_t>(end));
    nn::TokenBatch& batch = chunk.tokens;
    batch.steps = static_cast<int>(length(order[begin]));
    batch.texts = static_cast<int>(end - begin);
    const auto n = static_cast<std::size_t>(batch.texts);
    batch.ids.assign(static_cast<std::size_t>(batch.steps) * n, 0);
    batch.lengths.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      const Tokens tokens = texts[static_cast<std::size_t>(chunk.rows[i])];
      batch.lengths[i] = static_cast<std::int32_t>(tokens.size());
      for (std::size_t t = 0; t < tokens.size(); ++t) batch.ids[t * n + i] = tokens[t];
      work_.tokens += batch.lengths[i];
    }
    const std::int64_t cells = std::int64_t{batch.steps} * batch.texts;
    shard.load += cells;
    work_.cells += cells;
  }
  work_.texts = static_cast<std::int64_t>(texts.size());
}

// Fills the chunk's vectors.
void BatchEncoder::encode(Shard& shard, Chunk& chunk, const ParameterBlock& values,
                          nn::Encoder::Saved* saved) {
  const std::int64_t rows = chunk.tokens.texts;
  chunk.vectors.reserve_discard(static_cast<std::size_t>(rows * width_));
  // The chunk's first text is nobody else's in this batch: its row makes the seed unique.
  nn::DropoutSeed seed{};
  if (dropout_)
    seed.value = splitmix64(dropout_->value ^ static_cast<std::uint64_t>(chunk.rows[0]));
  encoder_->forward(shard.context, values, packed_, chunk.tokens,
                    {chunk.vectors.data(), rows, width_}, saved, dropout_ ? &seed : nullptr);
}

ConstMatrixView BatchEncoder::forward(const ParameterBlock& values,
                                      const std::vector<Tokens>& texts, Keep keep,
                                      const nn::DropoutSeed* dropout, bool pooled) {
  deal(texts);
  keep_ = keep;
  dropout_.reset();
  if (dropout) dropout_ = *dropout;
  const EncoderConfig& config = encoder_->config();
  const std::int64_t size = config.sentence_size() + (pooled ? config.pooled_size() : 0);
  width_ = size;
  output_.reserve_discard(texts.size() * static_cast<std::size_t>(size));
  for_each_shard([&](Shard& shard) {
    for (std::size_t c = 0; c < shard.used; ++c) {
      Chunk& chunk = shard.chunks[c];
      encode(shard, chunk, values,
             keep == Keep::nothing  ? nullptr
             : keep == Keep::states ? &chunk.saved
                                    : &shard.spare);
      for (std::size_t i = 0; i < chunk.rows.size(); ++i)
        std::memcpy(output_.data() + chunk.rows[i] * size,
                    chunk.vectors.data() + static_cast<std::int64_t>(i) * size,
                    static_cast<std::size_t>(size) * sizeof(float));
    }
  });
  return {output_.data(), static_cast<std::int64_t>(texts.size()), size};
}

GradientBlock& BatchEncoder::backward(const ParameterBlock& values, ConstMatrixView dout,
                                      double penalty_weight) {
  assert(keep_ != Keep::nothing && dout.cols == width_);
  const std::int64_t size = dout.cols;
  for_each_shard([&](Shard& shard) {
    if (!shard.gradients) shard.gradients = std::make_unique<GradientBlock>(values.layout());
    shard.gradients->zero();
    shard.penalty = 0;
    encoder_->zero(shard.accumulator);
    for (std::size_t c = 0; c < shard.used; ++c) {
      Chunk& chunk = shard.chunks[c];
      if (keep_ == Keep::texts) encode(shard, chunk, values, &shard.spare);
      const std::int64_t rows = chunk.tokens.texts;
      for (std::int64_t i = 0; i < rows; ++i)
        std::memcpy(chunk.vectors.data() + i * size,
                    dout.row(chunk.rows[static_cast<std::size_t>(i)]),
                    static_cast<std::size_t>(size) * sizeof(float));
      shard.penalty += encoder_->backward(shard.context, values, packed_, chunk.tokens,
                                          keep_ == Keep::texts ? shard.spare : chunk.saved,
                                          {chunk.vectors.data(), rows, size}, *shard.gradients,
                                          shard.accumulator, penalty_weight);
    }
    if (shard.used) encoder_->finish(shard.context, shard.accumulator, *shard.gradients);
  });
  penalty_ = 0;
  for (std::size_t s = 0; s < shards_.size(); ++s) {
    penalty_ += shards_[s]->penalty;
    if (s > 0) shards_[0]->gradients->add(*shards_[s]->gradients);
  }
  return *shards_[0]->gradients;
}

}  // namespace gemel::train
