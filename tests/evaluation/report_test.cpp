#include "train/evaluation/report.hpp"

#include <doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sample.hpp"

using namespace gemel;
using namespace gemel::evaluation;

namespace {

EvaluationInput sample_input() {
  EvaluationInput input;
  input.model = sample::sixteen();
  input.baseline = sample::sixteen();
  for (Scored& p : input.baseline) p.score = 0.5f;
  return input;
}

Overlap first_four_seen() {
  Overlap o;
  o.texts = 32, o.seen_texts = 8, o.pairs = 16, o.seen_pairs = 4, o.both_seen = 4;
  o.both_unseen = 12;
  o.pair_is_new.assign(16, 1);
  std::fill_n(o.pair_is_new.begin(), 4, std::uint8_t{0});
  o.both_texts_are_new = o.pair_is_new;
  return o;
}

}  // namespace

TEST_CASE("model and baseline stand side by side; the missing is found on the pairs") {
  const Evaluation e = evaluate(sample_input());
  REQUIRE(e.rows.size() == 2);
  CHECK(e.rows[0].scorer == "model");
  CHECK(e.rows[0].threshold_found_here);
  // .65: 4 + 7 right of 16; .55: 5 + 6; .35: 7 + 4 … the best is .35, .55 or .65 at 11; highest.
  CHECK(*e.rows[0].threshold == doctest::Approx(0.65));
  CHECK(e.rows[0].confusion.accuracy() == doctest::Approx(11.0 / 16));
  CHECK(e.rows[1].scorer == "TF-IDF");
  CHECK(e.rows[1].roc_auc == 0.5);
  CHECK(e.calibration_fitted_here);
  CHECK(e.calibration->w == doctest::Approx(2.97781835).epsilon(1e-5));
  CHECK(e.curve.size() == 9);
  CHECK(e.baseline_curve.size() == 1);
}

TEST_CASE("each of the model's rows has the error of the calibration on its pairs") {
  EvaluationInput input = sample_input();
  input.calibration = Calibration{0, 0};  // says 0.5 to every pair
  input.overlap = first_four_seen();
  const Evaluation e = evaluate(input);
  const auto error_by_hand = [&](std::size_t first) {
    double positives = 0;
    for (std::size_t i = first; i < 16; ++i) positives += double{input.model[i].label};
    return std::abs(positives / static_cast<double>(16 - first) - 0.5);
  };
  REQUIRE(e.rows.size() == 6);
  CHECK(e.rows[0].calibration_error == doctest::Approx(error_by_hand(0)));
  CHECK(e.rows[2].calibration_error == doctest::Approx(error_by_hand(4)));
  CHECK(e.rows[4].calibration_error == doctest::Approx(error_by_hand(4)));
  for (const std::size_t baseline : {1u, 3u, 5u})
    CHECK(std::isnan(e.rows[baseline].calibration_error));
}

TEST_CASE("labels of 0 and 1 may be degrees") {
  EvaluationInput input = sample_input();
  input.graded = true;
  const Evaluation e = evaluate(input);
  CHECK(e.rows[0].graded);
  CHECK(e.rows[1].graded);
  CHECK_FALSE(e.calibration);
  CHECK(std::isnan(e.rows[0].calibration_error));
  CHECK(e.rows[0].pearson == doctest::Approx(pearson(input.model)));
}

TEST_CASE("the model's own threshold and calibration are used where it has them") {
  EvaluationInput input = sample_input();
  input.threshold = 0.45f;
  input.calibration = Calibration{4, 2};
  input.overlap = first_four_seen();
  const Evaluation e = evaluate(input);
  REQUIRE(e.rows.size() == 6);
  CHECK(*e.rows[0].threshold == 0.45f);
  CHECK_FALSE(e.rows[0].threshold_found_here);
  CHECK(e.rows[0].confusion.true_positives == 6);
  CHECK(e.rows[0].confusion.false_positives == 4);
  CHECK_FALSE(e.calibration_fitted_here);
  CHECK(e.calibration->w == 4);
  // Pairs 5 to 16: three fewer positives called so, one fewer negative.
  CHECK(e.rows[2].subset == "new pairs");
  CHECK(e.rows[2].pairs == 12);
  CHECK(e.rows[2].positives == 5);
  CHECK(e.rows[2].confusion.true_positives == 3);
  CHECK(e.rows[2].confusion.false_positives == 3);
  CHECK(e.rows[4].subset == "new texts");
  // A subset of the baseline is judged at the threshold of its whole.
  CHECK(e.rows[3].threshold == e.rows[1].threshold);
  CHECK_FALSE(e.rows[3].threshold_found_here);
}

TEST_CASE("graded labels get correlations and nothing that needs two classes") {
  EvaluationInput input = sample_input();
  input.model[0].label = input.baseline[0].label = 4.5f;
  const Evaluation e = evaluate(input);
  CHECK(e.rows[0].graded);
  CHECK(std::isnan(e.rows[0].roc_auc));
  CHECK_FALSE(e.rows[0].threshold);
  CHECK_FALSE(e.calibration);
  CHECK(e.curve.empty());
  const std::string text = to_text(e);
  CHECK(text.find("Spearman") != std::string::npos);
  CHECK(text.find("accuracy") == std::string::npos);
  // The baseline is constant: no correlation.
  CHECK(text.find("TF-IDF  all          16        –         –") != std::string::npos);
  const auto j = nlohmann::json::parse(to_json(e));
  CHECK(j["rows"][1]["spearman"].is_null());
  CHECK_FALSE(j.contains("calibration"));
}

TEST_CASE("the table of a small set, word for word") {
  EvaluationInput input = sample_input();
  input.threshold = 0.55f;
  input.calibration = Calibration{4, 2};
  input.bins = 2;
  input.precision = 0.8;
  input.overlap = first_four_seen();
  std::istringstream lines(to_text(evaluate(input)));
  std::string line;
  std::getline(lines, line);
  CHECK(
      line ==
      "scorer  pairs of   pairs  threshold  accuracy  precision  recall      F1     MCC      AP   "
      "  AUC");
  std::getline(lines, line);
  CHECK(line ==
        "model   all           16     0.5500    0.6875     0.7143  0.6250  0.6667  0.3780  0.7278  "
        "0.7422");
  std::getline(lines, line);
  CHECK(line ==
        "TF-IDF  all           16    0.5000*    0.5000          –  0.0000  0.0000       –  0.5000  "
        "0.5000");
}

TEST_CASE("text stays within a terminal's width and says where each number is from") {
  EvaluationInput input = sample_input();
  input.overlap = first_four_seen();
  const std::string text = to_text(evaluate(input));
  CHECK(text.find("* the best for accuracy, found on these very pairs\n") != std::string::npos);
  CHECK(text.find("fitted on these very pairs") != std::string::npos);
  CHECK(text.find("also in the training file: 8 of 32 (25.0 %) texts, 4 of 16 (25.0 %) pairs;") !=
        std::string::npos);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::size_t columns = 0;
    for (const char c : line) columns += (c & 0xC0) != 0x80;
    CHECK(columns <= 100);
  }
}

TEST_CASE("JSON holds the same figures, with null for what is undefined") {
  EvaluationInput input = sample_input();
  input.overlap = first_four_seen();
  input.precision = 0.8;
  const auto j = nlohmann::json::parse(to_json(evaluate(input)));
  CHECK(j["rows"].size() == 6);
  CHECK(j["rows"][0]["average_precision"] == doctest::Approx(0.7277597402597402));
  CHECK(j["rows"][0]["best"]["precision"]["recall"] == doctest::Approx(0.5));
  CHECK(j["rows"][1]["mcc"].is_null());
  CHECK(j["rows"][1]["best"]["precision"].is_null());
  CHECK(j["chosen_precision"] == 0.8);
  CHECK(j["calibration"]["fitted_here"] == true);
  CHECK(j["calibration"]["bins"].size() >= 5);
  CHECK(j["overlap"]["seen_pairs"] == 4);
}

TEST_CASE("no pairs, one class and no overlap are reported, not refused") {
  const Evaluation none = evaluate({});
  CHECK(none.rows.size() == 1);
  CHECK(to_text(none).find("–") != std::string::npos);
  CHECK(nlohmann::json::parse(to_json(none))["rows"][0]["accuracy"].is_null());
  EvaluationInput negatives;
  negatives.model = {{.4f, 0}, {.3f, 0}};
  const Evaluation e = evaluate(negatives);
  CHECK(std::isnan(e.rows[0].roc_auc));
  CHECK(e.curve.empty());
  CHECK_THROWS_WITH(
      [] {
        EvaluationInput bad;
        bad.precision = 2;
        evaluate(bad);
      }(),
      "precision: is 2; allowed is 0 to 1");
}

TEST_CASE("a pair head has rows of its own, whose scores are probabilities") {
  EvaluationInput input;
  input.model = {{0.5f, 1}, {0.5f, 0}, {0.5f, 0}, {0.5f, 1}};
  input.baseline = input.model;
  input.head = {{0.9f, 1}, {0.2f, 0}, {0.6f, 0}, {0.7f, 1}};
  const Evaluation found = evaluate(input);
  REQUIRE(found.rows.size() == 3);
  CHECK(found.rows[1].scorer == "pair head");
  CHECK(found.rows[1].threshold_found_here);
  CHECK(found.rows[1].average_precision == 1.0);
  CHECK(found.rows[1].confusion.accuracy() == 1.0);
  // Four pairs in four bins of equal mass: (0.1 + 0.2 + 0.6 + 0.3) / 4.
  CHECK(found.rows[1].calibration_error == doctest::Approx(0.3));
  CHECK(found.rows[0].average_precision == 0.5);
  input.head_threshold = 0.55f;  // the third is taken for a duplicate
  const Evaluation given = evaluate(input);
  CHECK_FALSE(given.rows[1].threshold_found_here);
  CHECK(given.rows[1].confusion.accuracy() == 0.75);
  CHECK(given.rows[0].threshold_found_here);
}
