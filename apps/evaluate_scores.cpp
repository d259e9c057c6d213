#include "apps/evaluate_scores.hpp"

#include "apps/input.hpp"
#include "core/aligned.hpp"
#include "train/evaluation/tfidf.hpp"

namespace gemel::app {
namespace {

std::vector<evaluation::Scored> score_by_model(const Embedder& embedder, const train::Dataset& data,
                                               Metric metric, int threads) {
  const auto size = static_cast<std::size_t>(embedder.dimension());
  std::vector<std::string_view> texts;
  for (std::int64_t row = 0; row < data.text_count(); ++row) texts.push_back(data.text(row));
  AlignedBuffer<float> vectors(texts.size() * size);  // [texts, D]
  embedder.embed(texts, {vectors.data(), texts.size() * size}, threads);
  const auto vector = [&](std::int32_t row) {
    return vectors.data() + static_cast<std::size_t>(row) * size;
  };
  std::vector<evaluation::Scored> scored;
  for (const auto& p : data.pairs())
    scored.push_back({score_from_distance(
                          metric, distance(metric, vector(p.a), vector(p.b), embedder.dimension())),
                      p.label});
  return scored;
}

std::vector<evaluation::Scored> score_by_words(const train::Dataset& data) {
  evaluation::Tfidf tfidf;
  for (std::int64_t row = 0; row < data.text_count(); ++row) tfidf.add(data.text(row));
  std::vector<evaluation::Scored> scored;
  for (const auto& p : data.pairs())
    scored.push_back({tfidf.score(data.text(p.a), data.text(p.b)), p.label});
  return scored;
}

}  // namespace

train::Dataset read_labelled_pairs(const PairOptions& options) {
  train::Dataset data;
  for_each_pair(options, [&](const PairRow& row) { data.add(row.text1, row.text2, row.label); });
  return data;
}

evaluation::TrainingTexts read_training_texts(const CommandLine& line,
                                              const std::vector<std::string>& paths,
                                              LabelKind kind) {
  evaluation::TrainingTexts training;
  for (const std::string& path : paths)
    for_each_pair(read_pair_options(line, path, kind),
                  [&](const PairRow& row) { training.add_pair(row.text1, row.text2); });
  return training;
}

evaluation::EvaluationInput score_pairs_of(const Embedder& embedder, const train::Dataset& data,
                                           Metric metric, int threads,
                                           const evaluation::TrainingTexts* training) {
  evaluation::EvaluationInput input;
  input.metric = metric;
  input.model = score_by_model(embedder, data, metric, threads);
  input.baseline = score_by_words(data);
  if (!training) return input;
  evaluation::OverlapCount count(*training);
  for (const auto& p : data.pairs()) count.add_pair(data.text(p.a), data.text(p.b));
  input.overlap = count.result();
  return input;
}

void use_stored_verdict(evaluation::EvaluationInput& input, const Bundle& bundle) {
  if (bundle.thresholds.accuracy) input.threshold = bundle.thresholds.accuracy->score;
  if (bundle.calibration)
    input.calibration = evaluation::Calibration{static_cast<double>(bundle.calibration->w),
                                                static_cast<double>(bundle.calibration->b)};
}

}  // namespace gemel::app
