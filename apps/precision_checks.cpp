#include "apps/precision_checks.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <gemel/error.hpp>
#include <nlohmann/json.hpp>

#include "apps/bundle_files.hpp"
#include "train/evaluation/text_table.hpp"

namespace gemel::app {
namespace {

constexpr std::int64_t kVectors = 2000;  // texts whose vectors are compared

struct Outcome {
  double average_precision = 0, accuracy = 0;
  std::vector<float> vectors;  // [texts, D] of some texts
  std::int64_t dimension = 0;
  double texts_per_second = 0;
  evaluation::EvaluationInput input;
};

Outcome run(const Embedder& embedder, const train::Dataset& data, const RowPlan& plan,
            Metric metric, int threads, const std::string& source) {
  Outcome outcome;
  outcome.input = score_pairs_of(embedder, data, plan, 0, metric, threads, nullptr);
  const evaluation::EvaluationInput& input = outcome.input;
  const std::string place = base_name(source);
  if (evaluation::is_graded(input.model))
    throw Error(place, "has graded labels, which give no average precision",
                "measure precisions on pairs labelled 0 and 1");
  outcome.average_precision = evaluation::average_precision(input.model);
  const auto best = evaluation::best_accuracy_threshold(input.model);
  const auto positive = [](const evaluation::Scored& pair) { return pair.label > 0.5f; };
  const auto positives = std::count_if(input.model.begin(), input.model.end(), positive);
  if (!best || positives == 0 || positives == std::ssize(input.model))
    throw Error(place, "has labels of one kind only", "measure precisions on pairs of both kinds");
  outcome.accuracy = best->value;

  std::vector<std::string_view> texts;
  for (std::int64_t i = 0; i < std::min(kVectors, data.text_count()); ++i)
    texts.push_back(data.text(static_cast<std::int32_t>(i)));
  outcome.dimension = embedder.dimension();
  outcome.vectors.resize(texts.size() * static_cast<std::size_t>(outcome.dimension));
  const auto start = std::chrono::steady_clock::now();
  embedder.embed(texts, outcome.vectors, threads, static_cast<std::size_t>(plan.model.links[0].a));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  outcome.texts_per_second = static_cast<double>(texts.size()) / took.count();
  return outcome;
}

// Median over the texts of |found − exact| / |exact|.
double vector_error(const Outcome& found, const Outcome& exact) {
  const auto width = static_cast<std::size_t>(exact.dimension);
  std::vector<double> errors;
  for (std::size_t at = 0; at + width <= exact.vectors.size(); at += width) {
    double error = 0, length = 0;
    for (std::size_t i = at; i < at + width; ++i) {
      const double e = double{exact.vectors[i]}, f = double{found.vectors[i]};
      error += (f - e) * (f - e);
      length += e * e;
    }
    errors.push_back(length > 0 ? std::sqrt(error / length) : 0);
  }
  if (errors.empty()) return 0;
  const auto middle = errors.begin() + static_cast<std::ptrdiff_t>(errors.size() / 2);
  std::nth_element(errors.begin(), middle, errors.end());
  return *middle;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f %%", 100 * share);
  return text;
}

}  // namespace

std::vector<Precision> precisions_from_list(const std::string& list) {
  std::vector<Precision> precisions;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    const std::string item = list.substr(begin, end - begin);
    precisions.push_back(checked_usage([&] { return precision_from_name(item); }));
    begin = end + 1;
  }
  return precisions;
}

PrecisionTable measure_precisions(const std::string& bundle_path,
                                  const std::vector<Precision>& precisions,
                                  const train::Dataset& data, const RowPlan& plan, Metric metric,
                                  int threads, const std::string& source) {
  PrecisionTable table;
  Outcome exact;
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    const bool wanted =
        std::find(precisions.begin(), precisions.end(), precision) != precisions.end();
    if (!wanted && precision != Precision::f32) continue;
    EmbedderOptions options;
    options.precision = precision;
    const Embedder embedder(bundle_path, options);
    if (embedder.precision() != precision) {
      table.left_out.push_back(precision);
      continue;
    }
    Outcome found = run(embedder, data, plan, metric, threads, source);
    if (precision == Precision::f32) exact = found;
    table.rows.push_back(
        {{precision, found.average_precision, exact.average_precision - found.average_precision,
          vector_error(found, exact), base_name(source),
          static_cast<std::int64_t>(data.pairs().size())},
         found.accuracy,
         found.texts_per_second,
         std::move(found.input)});
  }
  return table;
}

std::string to_text(const PrecisionTable& table) {
  std::vector<std::vector<std::string>> lines = {
      {"precision", "average precision", "lost", "accuracy", "vector error", "texts/s"}};
  for (const PrecisionTable::Row& row : table.rows) {
    char lost[32], ap[32], rate[32];
    std::snprintf(ap, sizeof ap, "%.5f", row.check.average_precision);
    std::snprintf(lost, sizeof lost, "%+.5f", row.check.lost);
    std::snprintf(rate, sizeof rate, "%.0f", row.texts_per_second);
    lines.push_back(
        {std::string(name(row.check.precision)), ap,
         row.check.precision == Precision::f32 ? "–" : lost, evaluation::table_number(row.accuracy),
         row.check.precision == Precision::f32 ? "–" : percent(row.check.vector_error), rate});
  }
  std::string text = evaluation::text_table(lines, 1);
  for (const Precision precision : table.left_out)
    text += std::string(name(precision)) + ": this CPU or this model lacks it\n";
  const Precision best = fastest_exact(checks_of(table));
  return text + "the fastest that loses no more than 0.001: " + std::string(name(best)) + "\n";
}

std::string to_json(const PrecisionTable& table) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const PrecisionTable::Row& row : table.rows)
    list.push_back({{"precision", name(row.check.precision)},
                    {"average_precision", row.check.average_precision},
                    {"lost", row.check.lost},
                    {"accuracy", row.accuracy},
                    {"vector_error", row.check.vector_error},
                    {"texts_per_second", row.texts_per_second},
                    {"pairs", row.check.pairs}});
  const nlohmann::ordered_json all = {{"precisions", list},
                                      {"fastest", name(fastest_exact(checks_of(table)))}};
  return all.dump(2) + "\n";
}

std::vector<PrecisionCheck> checks_of(const PrecisionTable& table) {
  std::vector<PrecisionCheck> checks;
  for (const PrecisionTable::Row& row : table.rows)
    if (row.check.precision != Precision::f32) checks.push_back(row.check);
  return checks;
}

}  // namespace gemel::app
