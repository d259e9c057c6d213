#pragma once
#include <map>
#include <set>

#include "tests/loss/fixture.hpp"
#include "tests/train/fixture.hpp"

/// Every loss term over one batch by its definition, in double precision and without any thought
/// of speed. Shares no code with the library but the structs that hold the batch and the options.
namespace gemel::train::test {

using oracle::Vector;
using Named = std::map<std::string, Vector>;  // parameters by name

struct ObjectiveOracle {
  const Batch& batch;
  const Dataset& data;
  const TrainOptions& options;
  const ModelConfig& model;
  const Teacher& teacher;
  double margin = 0, w = 0, b = 0;
  Vector pooled = {};  // [texts, P], where the pair head reads it

  struct Pair {
    std::int32_t a, b;
    double label, weight;
    bool soft = false;
  };

  std::size_t width() const { return static_cast<std::size_t>(model.sentence_size()); }
  std::int32_t texts() const { return static_cast<std::int32_t>(batch.texts.size()); }
  std::int32_t row(std::int32_t text) const {
    return batch.texts[static_cast<std::size_t>(text)].row;
  }
  bool same_group(std::int32_t i, std::int32_t j) const {
    const auto group = [&](std::int32_t t) {
      return data.groups()[static_cast<std::size_t>(row(t))];
    };
    return group(i) == group(j);
  }
  double distance(const Vector& x, std::int32_t i, std::int32_t j) const {
    return i == j ? 0
                  : oracle::distance(options.loss.metric, fixture::row(x, width(), i),
                                     fixture::row(x, width(), j));
  }

  /// The file's pairs, then for each text the closest texts of other groups not labelled with it.
  std::vector<Pair> pairs(const Vector& x) const {
    std::vector<Pair> all;
    std::set<std::pair<std::int32_t, std::int32_t>> labelled, made;
    for (const Batch::Pair& p : batch.pairs) {
      all.push_back({p.a, p.b, double{p.label},
                     p.made            ? double{options.sampling.negative_weight}
                     : p.soft          ? double{options.loss.soft_weight}
                     : p.label >= 0.5f ? double{options.loss.positive_weight}
                                       : 1,
                     p.soft});
      labelled.insert(std::minmax(p.a, p.b));
    }
    for (std::int32_t i = 0; i < texts(); ++i) {
      std::vector<std::pair<double, std::int32_t>> others;
      for (std::int32_t j = 0; j < texts(); ++j)
        if (j != i && !same_group(i, j) && !labelled.contains(std::minmax(i, j)))
          others.emplace_back(distance(x, i, j), j);
      std::sort(others.begin(), others.end());
      others.resize(
          std::min(others.size(), static_cast<std::size_t>(options.sampling.batch_negatives)));
      for (const auto& [d, j] : others) made.insert(std::minmax(i, j));
    }
    for (const auto& [i, j] : made)
      all.push_back({i, j, 0, double{options.sampling.negative_weight}});
    return all;
  }

  double pair_term(const Vector& x, loss::PairLossKind kind) const {
    const std::vector<Pair> all = pairs(x);
    double sum = 0, weight = 0;
    for (const Pair& p : all) {
      const double d = distance(x, p.a, p.b);
      const bool same = p.label >= 0.5, degree = !p.soft && p.label > 0 && p.label < 1;
      if (kind == loss::PairLossKind::regression) {
        sum += degree ? p.weight * (1 - d - p.label) * (1 - d - p.label) : 0;
        weight += degree ? p.weight : 0;
        continue;
      }
      if (degree && options.loss.has(LossTerm::regression)) continue;
      const auto overtakes = [&](const Pair& q) {
        const double other = distance(x, q.a, q.b);
        return (q.label >= 0.5) != same && (same ? other < d : other > d);
      };
      if (kind == loss::PairLossKind::online_contrastive &&
          std::none_of(all.begin(), all.end(), overtakes))
        continue;
      sum += p.weight * oracle::pair_loss(kind == loss::PairLossKind::bce
                                              ? loss::PairLossKind::bce
                                              : loss::PairLossKind::contrastive,
                                          d, p.label, margin, w, b);
      weight += p.weight;
    }
    return sum / weight;
  }

  /// The hardest negative of each side of each positive pair; between two towers of the first text
  /// alone, among the texts of the second.
  std::vector<std::array<std::int32_t, 3>> made_triplets(const Vector& x) const {
    std::vector<std::array<std::int32_t, 3>> made;
    for (const Batch::Pair& p : batch.pairs) {
      if (p.label < 0.5f) continue;
      const TowerLink link = model.links[static_cast<std::size_t>(p.link)];
      for (const auto& [a, q] : {std::pair(p.a, p.b), std::pair(p.b, p.a)}) {
        if (a != p.a && link.a != link.b) continue;
        std::int32_t best = -1;
        for (std::int32_t n = 0; n < texts(); ++n)
          if (batch.texts[static_cast<std::size_t>(n)].tower == link.b && !same_group(n, a) &&
              !same_group(n, q) && (best < 0 || distance(x, a, n) < distance(x, a, best)))
            best = n;
        made.push_back({a, q, best});
      }
    }
    return made;
  }

  double triplet_term(const Vector& x) const {
    std::vector<std::array<std::int32_t, 3>> all;
    for (const Batch::Triplet& t : batch.triplets)
      all.push_back({t.anchor, t.positive, t.negative});
    if (all.empty()) all = made_triplets(x);
    const double power = options.loss.metric == Metric::euclidean ? 2 : 1;
    double sum = 0;
    for (const auto& [a, p, n] : all)
      sum += std::max(
          0.0, std::pow(distance(x, a, p), power) - std::pow(distance(x, a, n), power) + margin);
    return sum / static_cast<double>(all.size());
  }

  /// Columns of a query: answers of the link's positives and labelled negatives, but for what is
  /// known to say the same. Backwards between two towers the columns are first texts alone.
  std::set<std::int32_t> rivals(std::int32_t link, std::int32_t q, std::int32_t t,
                                bool back) const {
    const TowerLink towers = model.links[static_cast<std::size_t>(link)];
    std::set<std::int32_t> columns;
    for (const Batch::Pair& p : batch.pairs) {
      if (p.link != link || p.soft) continue;
      if (p.label == 1)
        columns.insert(back ? p.a : p.b);
      else if (p.label == 0 && (!back || towers.a == towers.b))
        columns.insert(p.b);
    }
    std::erase_if(columns,
                  [&](std::int32_t c) { return c == t || same_group(c, q) || same_group(c, t); });
    return columns;
  }

  double in_batch_term(const Vector& x) const {
    const double one =
        options.loss.metric == Metric::cosine || options.loss.metric == Metric::exp_manhattan ? 1
                                                                                              : 0;
    const auto z = [&](std::int32_t i, std::int32_t j) {
      return (one - distance(x, i, j)) / double{options.loss.temperature};
    };
    double sum = 0, queries = 0;
    for (const Batch::Pair& p : batch.pairs) {
      if (p.label != 1 || p.soft) continue;
      for (const bool back : {false, true}) {
        if (back && !options.loss.symmetric) continue;
        const std::int32_t q = back ? p.b : p.a, t = back ? p.a : p.b;
        double total = 1;
        for (const std::int32_t c : rivals(p.link, q, t, back))
          total += std::exp(z(q, c) - z(q, t));
        sum += std::log(total);
        ++queries;
      }
    }
    return sum / queries;
  }

  double distillation_term(const Vector& x, const Named& p) const;
  double head_term(const Vector& x, const Named& p) const;
  double reconstruction_term(const Vector& x, const Named& p) const;

  double term(LossTerm term, const Vector& x, const Named& p) const {
    switch (term) {
      case LossTerm::bce:
        return pair_term(x, loss::PairLossKind::bce);
      case LossTerm::contrastive:
        return pair_term(x, loss::PairLossKind::contrastive);
      case LossTerm::online_contrastive:
        return pair_term(x, loss::PairLossKind::online_contrastive);
      case LossTerm::triplet:
        return triplet_term(x);
      case LossTerm::in_batch:
        return in_batch_term(x);
      case LossTerm::distillation:
        return distillation_term(x, p);
      case LossTerm::head:
        return head_term(x, p);
      case LossTerm::reconstruction:
        return reconstruction_term(x, p);
      case LossTerm::regression:
        return pair_term(x, loss::PairLossKind::regression);
    }
    return NAN;
  }

  double loss(const Vector& x, const Named& p) const {
    double sum = 0;
    for (const WeightedLoss& l : options.loss.mix) sum += double{l.weight} * term(l.term, x, p);
    return sum;
  }
};

}  // namespace gemel::train::test
