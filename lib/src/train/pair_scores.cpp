#include "train/pair_scores.hpp"

#include <algorithm>
#include <gemel/error.hpp>

#include "core/parallel.hpp"
#include "dnn/context.hpp"
#include "train/tower_encoder.hpp"

namespace gemel::train {
namespace {

constexpr std::size_t kWindow = 8192;  // texts encoded at a time
using Places = std::vector<std::pair<std::int32_t, std::int32_t>>;

// The texts that the pairs name, each once a tower, and where the pairs find them.
struct Needed {
  std::vector<BatchEncoder::Tokens> lists;
  std::vector<std::int16_t> towers;
  Places pairs;  // rows of the vectors
};

Needed collect(const nn::Towers& model, const Dataset& data) {
  Needed needed;
  const auto texts = static_cast<std::size_t>(data.text_count());
  std::vector<std::int32_t> place(texts * model.size(), -1);
  const auto local = [&](std::int32_t row, int tower) {
    std::int32_t& at =
        place[static_cast<std::size_t>(tower) * texts + static_cast<std::size_t>(row)];
    if (at < 0) {
      at = static_cast<std::int32_t>(needed.lists.size());
      needed.lists.push_back(data.tokens(row));
      needed.towers.push_back(static_cast<std::int16_t>(tower));
    }
    return at;
  };
  for (const Dataset::Pair& p : data.pairs()) {
    const TowerLink& link = model.config().links[static_cast<std::size_t>(p.link)];
    const std::int32_t a = local(p.a, link.a);
    needed.pairs.emplace_back(a, local(p.b, link.b));
  }
  return needed;
}

// [texts, W]
AlignedBuffer<float> encode(const nn::Towers& model, const ParameterBlock& values,
                            const Needed& needed, int workers, const std::atomic<bool>* stop) {
  TowerEncoder encoder(model, workers, workers);
  encoder.pack(values, false);
  const std::int64_t size = model.config().feature_size();
  AlignedBuffer<float> vectors(needed.lists.size() * static_cast<std::size_t>(size));
  for (std::size_t begin = 0; begin < needed.lists.size(); begin += kWindow) {
    const std::size_t count = std::min(kWindow, needed.lists.size() - begin);
    const auto first = needed.lists.begin() + static_cast<std::ptrdiff_t>(begin);
    const std::vector<BatchEncoder::Tokens> lists(first,
                                                  first + static_cast<std::ptrdiff_t>(count));
    const ConstMatrixView part = encoder.forward(
        values, lists, std::span(needed.towers).subspan(begin, count), BatchEncoder::Keep::nothing,
        nullptr, size > model.config().sentence_size());
    std::copy_n(part.data, part.rows * size,
                vectors.data() + begin * static_cast<std::size_t>(size));
    if (stop && *stop) throw Interrupted();
  }
  return vectors;
}

}  // namespace

PairScores score_pairs(const nn::Towers& model, const ParameterBlock& values, const Dataset& data,
                       Metric metric, int threads, const std::atomic<bool>* stop) {
  const Needed needed = collect(model, data);
  const AlignedBuffer<float> vectors =
      encode(model, values, needed, threads > 0 ? threads : available_cores(), stop);
  const std::int64_t size = model.config().sentence_size(), stride = model.config().feature_size();
  PairScores scores;
  scores.distance.reserve(needed.pairs.size());
  for (const auto& [a, b] : needed.pairs)
    scores.distance.push_back(score_from_distance(
        metric, distance(metric, vectors.data() + a * stride, vectors.data() + b * stride, size)));
  if (!model.head()) return scores;
  dnn::Context context;
  scores.head.resize(needed.pairs.size());
  model.head()->forward(context, values,
                        {vectors.data(), static_cast<std::int64_t>(needed.lists.size()), stride},
                        needed.pairs, nullptr, scores.head);
  return scores;
}

}  // namespace gemel::train
