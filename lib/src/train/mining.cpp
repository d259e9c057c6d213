#include "train/mining.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <gemel/error.hpp>
#include <numeric>

#include "search/neighbours.hpp"
#include "train/mining_choice.hpp"

namespace gemel::train {
namespace {

constexpr std::size_t kWindow = 4096;  // pairs looked at together
using Rows = std::vector<std::int32_t>;

// The rows' vectors [rows, D], encoded window by window.
AlignedBuffer<float> embed(TowerEncoder& encoder, const ParameterBlock& values, const Dataset& data,
                           const Rows& rows, int tower, std::int64_t size,
                           const std::atomic<bool>* stop) {
  AlignedBuffer<float> vectors(rows.size() * static_cast<std::size_t>(size));
  for (std::size_t begin = 0; begin < rows.size(); begin += kWindow) {
    const std::size_t end = std::min(begin + kWindow, rows.size());
    std::vector<BatchEncoder::Tokens> lists;
    for (std::size_t i = begin; i < end; ++i) lists.push_back(data.tokens(rows[i]));
    const std::vector<std::int16_t> towers(lists.size(), static_cast<std::int16_t>(tower));
    const ConstMatrixView part =
        encoder.forward(values, lists, towers, BatchEncoder::Keep::nothing, nullptr);
    std::copy_n(part.data, part.rows * size,
                vectors.data() + begin * static_cast<std::size_t>(size));
    if (stop && *stop) throw Interrupted();
  }
  return vectors;
}

// Rows that stand on the second side of a link; with one tower every text may.
Rows candidates(const Dataset& data, std::span<const TowerLink> links, std::size_t link) {
  Rows rows;
  if (links[link].a == links[link].b) {
    rows.resize(static_cast<std::size_t>(data.text_count()));
    std::iota(rows.begin(), rows.end(), 0);
    return rows;
  }
  for (const Dataset::Pair& p : data.pairs())
    if (p.link == static_cast<std::int32_t>(link)) rows.push_back(p.b);
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

}  // namespace

// What one link's part of a round works with.
struct Miner::Round {
  const Miner& miner;
  TowerEncoder& encoder;
  const ParameterBlock& values;
  const std::atomic<bool>* stop;
  MiningReport& report;
  MinedNegatives& mined;
  std::vector<float>& scores;
  Random random;

  AlignedBuffer<float> embed_rows(const Rows& rows, int tower) {
    return embed(encoder, values, *miner.data_, rows, tower, size(), stop);
  }
  std::int64_t size() const { return encoder.sentence_size(); }

  void mine_link(std::size_t link) {
    const Dataset& data = *miner.data_;
    Rows pool = candidates(data, miner.links_, link);
    random.shuffle(std::span(pool));
    pool.resize(std::min(pool.size(), static_cast<std::size_t>(miner.options_.mining_pool)));
    report.pool += static_cast<std::int64_t>(pool.size());
    std::vector<std::int64_t> pairs;
    for (std::size_t p = 0; p < data.pairs().size(); ++p)
      if (data.pairs()[p].link == static_cast<std::int32_t>(link) && data.pairs()[p].positive() &&
          random.uniform() < double{miner.options_.mined_share})
        pairs.push_back(static_cast<std::int64_t>(p));
    report.pairs += static_cast<std::int64_t>(pairs.size());
    if (pool.empty()) return;
    const AlignedBuffer<float> index = embed_rows(pool, miner.links_[link].b);
    for (std::size_t begin = 0; begin < pairs.size(); begin += kWindow)
      mine_window(link, std::span(pairs).subspan(begin, std::min(kWindow, pairs.size() - begin)),
                  pool, {index.data(), static_cast<std::int64_t>(pool.size()), size()});
  }

  void mine_window(std::size_t link, std::span<const std::int64_t> window, const Rows& pool,
                   ConstMatrixView index) {
    const Dataset& data = *miner.data_;
    Rows anchors, positives;
    for (const std::int64_t p : window) {
      anchors.push_back(data.pairs()[static_cast<std::size_t>(p)].a);
      positives.push_back(data.pairs()[static_cast<std::size_t>(p)].b);
    }
    const AlignedBuffer<float> a = embed_rows(anchors, miner.links_[link].a);
    const bool relative = needs_positive(miner.options_, miner.options_.mining);
    const AlignedBuffer<float> b =
        relative ? embed_rows(positives, miner.links_[link].b) : AlignedBuffer<float>();
    const std::int64_t n = static_cast<std::int64_t>(window.size());
    const auto found = neighbours({a.data(), n, size()}, index);
    std::size_t at = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      MiningCandidates c{data.groups(), anchors[static_cast<std::size_t>(i)], -1, {}};
      if (relative)
        c.positive_distance =
            distance(miner.metric_, a.data() + i * size(), b.data() + i * size(), size());
      for (; at < found.size() && found[at].i == i; ++at)
        c.texts.push_back({pool[static_cast<std::size_t>(found[at].j)],
                           distance_from_score(miner.metric_, found[at].score)});
      choose(c, window[static_cast<std::size_t>(i)]);
    }
  }

  // Some distinct texts of the index for each row of a, sorted by row: the nearest, or any.
  std::vector<ScoredPair> neighbours(ConstMatrixView a, ConstMatrixView index) {
    const std::int64_t k = miner.options_.mining_neighbours;
    if (miner.options_.mining != loss::NegativeMiner::random) {
      SearchOptions search;
      search.threads = miner.threads_;
      search.stop = stop;
      return nearest(miner.metric_, a, index, k, search);
    }
    std::vector<ScoredPair> found;
    std::vector<std::int64_t> drawn;
    for (std::int64_t i = 0; i < a.rows; ++i) {
      drawn.clear();
      for (std::int64_t n = 0; n < k; ++n)
        drawn.push_back(
            static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(index.rows))));
      std::sort(drawn.begin(), drawn.end());
      drawn.erase(std::unique(drawn.begin(), drawn.end()), drawn.end());
      for (const std::int64_t j : drawn) {
        const float d = distance(miner.metric_, a.row(i), index.row(j), a.cols);
        found.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(j),
                         score_from_distance(miner.metric_, d)});
      }
    }
    return found;
  }

  void choose(const MiningCandidates& candidates, std::int64_t pair) {
    const auto k = static_cast<std::size_t>(mined.per_pair);
    const auto chosen =
        choose_negatives(miner.options_, miner.options_.mining, candidates, k, random, report);
    for (std::size_t j = 0; j < chosen.size(); ++j) {
      mined.rows[static_cast<std::size_t>(pair) * k + j] = chosen[j].row;
      scores.push_back(score_from_distance(miner.metric_, chosen[j].distance));
    }
  }
};

Miner::Miner(const Dataset& data, std::span<const TowerLink> links, const SamplingOptions& options,
             Metric metric, int threads)
    : data_(&data),
      links_(links.begin(), links.end()),
      options_(options),
      metric_(metric),
      threads_(threads) {}

MinedNegatives Miner::mine(TowerEncoder& encoder, const ParameterBlock& values, std::uint64_t seed,
                           const std::atomic<bool>* stop, MiningReport& report) const {
  const auto start = std::chrono::steady_clock::now();
  report = {};
  MinedNegatives mined;
  mined.per_pair = options_.mined_negatives;
  mined.rows.assign(data_->pairs().size() * static_cast<std::size_t>(mined.per_pair), -1);
  encoder.pack(values, false);
  std::vector<float> scores;
  Round round{*this, encoder, values, stop, report, mined, scores, Random(seed)};
  for (std::size_t link = 0; link < links_.size(); ++link) round.mine_link(link);
  report.negatives = static_cast<std::int64_t>(scores.size());
  report.scores = loss::quantiles(std::move(scores));
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return mined;
}

}  // namespace gemel::train
