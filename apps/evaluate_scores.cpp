#include "apps/evaluate_scores.hpp"

#include <array>

#include "apps/input.hpp"
#include "core/aligned.hpp"
#include "core/check.hpp"
#include "train/evaluation/tfidf.hpp"

namespace gemel::app {
namespace {

using Pairs = std::vector<train::Dataset::Pair>;
using Scores = std::vector<evaluation::Scored>;

// Texts of the table as one tower reads them, each of those needed once.
class TowerVectors {
 public:
  TowerVectors(const Embedder& embedder, const train::Dataset& data)
      : embedder_(embedder), data_(data), place_(static_cast<std::size_t>(data.text_count()), -1) {}

  std::int32_t need(std::int32_t row) {
    std::int32_t& place = place_[static_cast<std::size_t>(row)];
    if (place < 0) {
      place = static_cast<std::int32_t>(texts_.size());
      texts_.push_back(data_.text(row));
    }
    return place;
  }
  void embed(int tower, int threads) {
    tower_ = static_cast<std::size_t>(tower);
    const std::size_t floats = texts_.size() * static_cast<std::size_t>(embedder_.dimension());
    vectors_ = AlignedBuffer<float>(floats);
    embedder_.embed(texts_, {vectors_.data(), floats}, threads, tower_);
  }
  EmbeddedTexts view() const {
    return {texts_,
            {vectors_.data(), static_cast<std::int64_t>(texts_.size()), embedder_.dimension()},
            tower_};
  }

 private:
  const Embedder& embedder_;
  const train::Dataset& data_;
  std::vector<std::int32_t> place_;  // [texts of the table]
  std::vector<std::string_view> texts_;
  AlignedBuffer<float> vectors_;  // [texts needed, D]
  std::size_t tower_ = 0;
};

void score_by_model(const Embedder& embedder, const train::Dataset& data, const Pairs& pairs,
                    const TowerLink& link, Metric metric, int threads,
                    evaluation::EvaluationInput& input) {
  TowerVectors first(embedder, data), second_if_other(embedder, data);
  TowerVectors& second = link.a == link.b ? first : second_if_other;
  std::vector<std::pair<std::int32_t, std::int32_t>> places;
  for (const auto& p : pairs) {
    const std::int32_t a = first.need(p.a);
    places.emplace_back(a, second.need(p.b));
  }
  first.embed(link.a, threads);
  if (link.a != link.b) second.embed(link.b, threads);
  const EmbeddedTexts a = first.view(), b = second.view();
  for (std::size_t i = 0; i < pairs.size(); ++i)
    input.model.push_back(
        {score_from_distance(metric,
                             distance(metric, a.embeddings.row(places[i].first),
                                      b.embeddings.row(places[i].second), a.embeddings.cols)),
         pairs[i].label});
  if (!embedder.has_head()) return;
  std::vector<float> probabilities(pairs.size());
  embedder.head_probabilities(a, b, places, probabilities, threads);
  for (std::size_t i = 0; i < pairs.size(); ++i)
    input.head.push_back({probabilities[i], pairs[i].label});
}

Scores score_by_words(const train::Dataset& data, const Pairs& pairs) {
  evaluation::Tfidf tfidf;
  for (std::int64_t row = 0; row < data.text_count(); ++row) tfidf.add(data.text(row));
  Scores scored;
  for (const auto& p : pairs)
    scored.push_back({tfidf.score(data.text(p.a), data.text(p.b)), p.label});
  return scored;
}

}  // namespace

void add_row_options(CommandLine& line) {
  po::options_description& group = line.group("Towers");
  group.add_options()  //
      ("rows", po::value<std::string>(),
       "what a row is: pairs, or tuples (a text for each tower, maybe a label), which make a pair "
       "for each link; default: pairs, with three towers or more tuples")  //
      ("tower-column", po::value<std::vector<std::string>>()->composing(),
       "tuples: TOWER=COLUMN; default: the column called like the tower, or its place")  //
      ("link", po::value<std::string>(),
       "which two towers read a pair, NAME:NAME; default: of pairs the model's first link, of "
       "tuples every link");
}

RowPlan plan_rows(const CommandLine& line, const Embedder& embedder) {
  constexpr std::array<std::string_view, 2> kRows = {"pairs", "tuples"};
  RowPlan plan;
  plan.model = embedder.bundle().model;
  bool tuples = plan.model.towers.size() > 2;
  if (const auto given = line.find<std::string>("rows"))
    tuples = checked_usage([&] { return index_of_name("rows", *given, kRows) == 1; });
  if (tuples && plan.model.siamese())
    throw UsageError("--rows tuples needs a model with several towers");
  plan.rows = tuples ? RowKind::tuples : RowKind::pairs;
  const auto link = line.find<std::string>("link");
  if (!tuples || link) plan.model.links = {embedder.link(link.value_or(""))};
  return plan;
}

train::Dataset read_labelled_rows(const CommandLine& line, const std::string& path,
                                  const RowPlan& plan, LabelKind kind) {
  train::Dataset data;
  for_each_row(line, path, plan.rows, kind, plan.model, [&](ExampleRow& row) {
    if (plan.rows == RowKind::tuples)
      data.add_tuple(row.texts, plan.model.links, row.label);
    else
      data.add(row.texts[0], row.texts[1], row.label);
  });
  return data;
}

evaluation::TrainingTexts read_training_texts(const CommandLine& line,
                                              const std::vector<std::string>& paths,
                                              const RowPlan& plan, LabelKind kind) {
  evaluation::TrainingTexts training;
  for (const std::string& path : paths)
    for_each_row(line, path, plan.rows, kind, plan.model, [&](ExampleRow& row) {
      if (plan.rows == RowKind::pairs) return training.add_pair(row.texts[0], row.texts[1]);
      for (const TowerLink& link : plan.model.links)
        training.add_pair(row.texts[static_cast<std::size_t>(link.a)],
                          row.texts[static_cast<std::size_t>(link.b)]);
    });
  return training;
}

evaluation::EvaluationInput score_pairs_of(const Embedder& embedder, const train::Dataset& data,
                                           const RowPlan& plan, std::size_t link, Metric metric,
                                           int threads, const evaluation::TrainingTexts* training) {
  Pairs pairs;
  for (const auto& p : data.pairs())
    if (p.link == static_cast<std::int32_t>(link)) pairs.push_back(p);
  evaluation::EvaluationInput input;
  input.metric = metric;
  score_by_model(embedder, data, pairs, plan.model.links[link], metric, threads, input);
  input.baseline = score_by_words(data, pairs);
  if (!training) return input;
  evaluation::OverlapCount count(*training);
  for (const auto& p : pairs) count.add_pair(data.text(p.a), data.text(p.b));
  input.overlap = count.result();
  return input;
}

void use_stored_verdict(evaluation::EvaluationInput& input, const Bundle& bundle, Metric metric) {
  if (bundle.head_verdict) input.head_threshold = bundle.head_verdict->threshold;
  if (metric != bundle.metric) return;
  if (bundle.thresholds.accuracy) input.threshold = bundle.thresholds.accuracy->score;
  if (bundle.calibration) input.calibration = bundle.calibration->curve();
}

}  // namespace gemel::app
