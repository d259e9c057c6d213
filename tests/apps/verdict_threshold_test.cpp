#include "apps/verdict_threshold.hpp"

#include <doctest.h>

#include <cmath>
#include <gemel/error.hpp>

#include "tests/apps/parse.hpp"

using namespace gemel;
using namespace gemel::app;

namespace {

Bundle bundle() {
  Bundle b;
  b.metric = Metric::cosine;
  b.calibration = Calibration{4, 1, 0.01, "dev.tsv"};
  b.thresholds.accuracy = Threshold{0.625f, 0.8, "dev.tsv", 10};
  b.thresholds.precision = Threshold{0.875f, 0.96, "dev.tsv", 10};
  b.thresholds.precision_target = 0.95;
  return b;
}

VerdictThreshold choose(std::vector<std::string> arguments, const Bundle& b,
                        Metric metric = Metric::cosine) {
  arguments.push_back("file");
  const auto declare = [](CommandLine& line) { add_threshold_options(line.group("Options")); };
  return choose_threshold(parsed(declare, arguments), b, metric);
}

}  // namespace

TEST_CASE("a flag wins, then the stored threshold for accuracy, then even odds") {
  Bundle b = bundle();
  CHECK(choose({}, b).score == 0.625f);
  CHECK(choose({}, b).origin == "best accuracy on dev.tsv");
  CHECK(choose({"--threshold", "-0.5"}, b).score == -0.5f);
  CHECK(choose({"--threshold", "-0.5"}, b).origin == "--threshold");
  CHECK(choose({"--precision", "0.95"}, b).score == 0.875f);
  CHECK(choose({"--precision", "0.95"}, b).origin == "precision 0.95 on dev.tsv");
  b.thresholds = {};
  // p = ½ where −4 d + 1 = 0: d = 0.25, cosine 0.75.
  CHECK(choose({}, b).score == doctest::Approx(0.75));
  CHECK(choose({}, b).origin == "probability 0.5");
}

TEST_CASE("a probability's threshold is where the calibration gives that probability") {
  // −4 d + 1 = ln 4 for p = 0.8: d = (1 − 1.386294) / 4 = −0.096574, cosine 1.096574.
  CHECK(choose({"--probability", "0.8"}, bundle()).score == doctest::Approx(1.096574));
  CHECK(choose({"--probability", "0.2"}, bundle()).score == doctest::Approx(0.403426));
}

TEST_CASE("another metric needs a threshold of its own") {
  CHECK(choose({"--threshold", "-2"}, bundle(), Metric::euclidean).score == -2.0f);
  CHECK(message_of<UsageError>([] { choose({}, bundle(), Metric::euclidean); }) ==
        "the model's thresholds are for cosine; give --threshold for euclidean");
}

TEST_CASE("what the model cannot answer, and what was asked twice") {
  Bundle b = bundle();
  const auto refused = [&](const std::vector<std::string>& a) {
    return message_of<Error>([&] { choose(a, b); });
  };
  const auto wrong = [&](const std::vector<std::string>& a) {
    return message_of<UsageError>([&] { choose(a, b); });
  };
  CHECK(wrong({"--threshold", "1", "--probability", "0.5"}) ==
        "give one of --threshold, --probability and --precision");
  CHECK(wrong({"--threshold", "nan"}) == "--threshold must be a finite number");
  CHECK(refused({"--precision", "0.9"}) ==
        "precision: the model holds a threshold for precision 0.95, not 0.9; find one with 'gemel "
        "evaluate --precision-target 0.9 --write PAIRS', or give --threshold");
  CHECK(refused({"--probability", "1"}) == "probability: is 1; allowed is 1e-06 to 0.999999");
  b.thresholds = {};
  CHECK(refused({"--precision", "0.95"}) ==
        "precision: the model holds no threshold for a precision; find one with 'gemel evaluate "
        "--precision-target 0.95 --write PAIRS', or give --threshold");
  b.calibration->w = 0;
  CHECK(refused({"--probability", "0.5"}) ==
        "probability: the model's calibration does not depend on the distance; give --threshold");
  b.calibration.reset();
  CHECK(refused({"--probability", "0.5"}) ==
        "probability: the model is not calibrated; calibrate it with 'gemel evaluate --write', or "
        "give --threshold");
  CHECK(refused({}) ==
        "model: holds no threshold; give --threshold, or find one with 'gemel evaluate --write "
        "PAIRS'");
}

TEST_CASE("a score's probability falls with the distance; none for another metric") {
  const Bundle b = bundle();
  // d = 0.25 gives even odds; d = 0 gives 1 / (1 + 1/e).
  CHECK(probability_of(b, Metric::cosine, 0.75f) == doctest::Approx(0.5));
  CHECK(probability_of(b, Metric::cosine, 1.0f) == doctest::Approx(0.7310586));
  CHECK(std::isnan(probability_of(b, Metric::euclidean, 0.0f)));
  Bundle bare = b;
  bare.calibration.reset();
  CHECK(std::isnan(probability_of(bare, Metric::cosine, 1.0f)));
}
