#include "apps/evaluate_sets.hpp"

#include <doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/apps/parse.hpp"

using namespace gemel;
using namespace gemel::app;

namespace {

using Strings = std::vector<std::string>;

std::string listed(const Strings& arguments, const Strings& graded = {}) {
  std::string result;
  for (const LabelledSet& set : sets_from_arguments(arguments, graded))
    result += set.name + ":" + set.path + (set.graded ? "!" : "") + ";";
  return result;
}

std::string sets_error(const Strings& arguments, const Strings& graded = {}) {
  return message_of<UsageError>([&] { sets_from_arguments(arguments, graded); });
}

// Scores of four pairs labelled 1 1 0 0, at the threshold 0.5.
evaluation::EvaluationInput binary(std::vector<float> scores) {
  evaluation::EvaluationInput input;
  const float labels[] = {1, 1, 0, 0};
  for (std::size_t i = 0; i < scores.size(); ++i) input.model.push_back({scores[i], labels[i]});
  input.baseline = input.model;
  input.threshold = 0.5f;
  input.calibration = evaluation::Calibration{0, 0};  // says 0.5 to all
  return input;
}

SetReport report(const std::string& name, const evaluation::EvaluationInput& input) {
  return {{name, name + ".tsv"}, evaluation::evaluate(input)};
}

}  // namespace

TEST_CASE("sets are named by themselves or by their files") {
  CHECK(listed({"dir/a.tsv", "b=dir/a.tsv", "c=x=y", "=odd", "-"}) ==
        "a.tsv:dir/a.tsv;b:dir/a.tsv;c:x=y;=odd:=odd;standard input:-;");
  CHECK(listed({"a=1.tsv", "b=2.tsv"}, {"b"}) == "a:1.tsv;b:2.tsv!;");
  CHECK(sets_error({"x/a.tsv", "y/a.tsv"}) ==
        "two sets are named 'a.tsv'; name them with NAME=FILE");
  CHECK(sets_error({"a=-", "b=-"}) == "standard input can be read only once");
  CHECK(sets_error({"a=1.tsv", "b=2.tsv"}, {"c"}) ==
        "graded-set: 'c' is not known; choose among a, b");
}

TEST_CASE("a row a set, and their mean") {
  // a: all right. b: one of each class wrong; by score + - + - … AP (1 + 2/3) / 2, AUC 3/4.
  std::vector<SetReport> reports = {report("a", binary({0.9f, 0.8f, 0.2f, 0.1f})),
                                    report("b", binary({0.9f, 0.4f, 0.6f, 0.1f}))};
  evaluation::EvaluationInput graded = binary({1, 2, 3, 4});
  for (std::size_t i = 0; i < 4; ++i) graded.model[i].label = static_cast<float>(i) * 2;
  reports.push_back(report("c", graded));
  CHECK(sets_to_text(reports) ==
        "set   pairs of  pairs  positive  threshold  accuracy  best acc.      AP      F1     AUC  "
        "   ECE\n"
        "a     all           4         2     0.5000    1.0000     1.0000  1.0000  1.0000  1.0000  "
        "0.0000\n"
        "b     all           4         2     0.5000    0.5000     0.7500  0.8333  0.5000  0.7500  "
        "0.0000\n"
        "mean  all                                     0.7500     0.8750  0.9167  0.7500  0.8750  "
        "0.0000\n"
        "\n"
        "graded set  pairs of  pairs  Pearson  Spearman\n"
        "c           all           4   1.0000    1.0000\n");
  const auto json = nlohmann::json::parse(sets_to_json(reports));
  CHECK(json["sets"].size() == 3);
  CHECK(json["sets"][1]["name"] == "b");
  CHECK(json["sets"][1]["file"] == "b.tsv");
  CHECK(json["sets"][1]["rows"][1]["scorer"] == "TF-IDF");
  CHECK(json["mean"]["binary"]["all"]["roc_auc"] == doctest::Approx(0.875));
  CHECK(json["mean"]["graded"] == nlohmann::json::object());
}

TEST_CASE("what training has seen stands apart; an undefined mean is a dash") {
  const auto with_overlap = [](bool is_seen) {
    evaluation::Overlap overlap;
    overlap.texts = 8, overlap.seen_texts = is_seen ? 4 : 0;
    overlap.pairs = 4, overlap.seen_pairs = is_seen ? 4 : 0;
    overlap.pair_is_new.assign(4, is_seen ? 0 : 1);
    overlap.both_texts_are_new = overlap.pair_is_new;
    evaluation::EvaluationInput input = binary({0.9f, 0.8f, 0.2f, 0.1f});
    input.overlap = std::move(overlap);
    return input;
  };
  const std::string text =
      sets_to_text(std::vector{report("a", with_overlap(true)), report("b", with_overlap(false))});
  const auto has = [&](const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
  };
  CHECK(
      has("a     new pairs      0         0     0.5000         –          –       –       –       –"
          "       –"));
  CHECK(
      has("mean  all                                      1.0000     1.0000  1.0000  1.0000  "
          "1.0000  0.0000"));
  CHECK(
      has("mean  new texts                                     –          –       –       –       "
          "–       –"));
  CHECK(has("a: also in the training data: 4 of 8 (50.0 %) texts, 4 of 4 (100.0 %) pairs"));
  CHECK(has("b: also in the training data: 0 of 8 (0.0 %) texts, 0 of 4 (0.0 %) pairs"));
}

TEST_CASE("graded by name, though labels are 0 and 1") {
  evaluation::EvaluationInput input = binary({0.9f, 0.8f, 0.2f, 0.1f});
  input.graded = true;
  const std::string text = sets_to_text(std::vector{report("a", input), report("b", input)});
  CHECK(text.starts_with("graded set  pairs of  pairs  Pearson  Spearman\na "));
  CHECK(text.find("positive") == std::string::npos);
}

TEST_CASE("a pair head's rows stand below the model's, with a mean of their own") {
  evaluation::EvaluationInput first = binary({0.9f, 0.8f, 0.2f, 0.1f});
  first.head = {{0.9f, 1}, {0.1f, 1}, {0.2f, 0}, {0.3f, 0}};  // 3 of 4 right at ½
  first.head_threshold = 0.5f;
  evaluation::EvaluationInput second = first;
  second.head[1].score = 0.8f;  // all right
  const std::vector<SetReport> reports = {report("a", first), report("b", second)};
  const auto json = nlohmann::json::parse(sets_to_json(reports));
  CHECK(json["mean"]["binary"]["all"]["accuracy"] == 1.0);
  CHECK(json["mean"]["binary"]["all, pair head"]["accuracy"] == 0.875);
  const std::string text = sets_to_text(reports);
  for (const char* start : {"\na  ", "\na, pair head  ", "\nb, pair head  ", "\nmean, pair head  "})
    CHECK_MESSAGE(text.find(start) != std::string::npos, text);
}
