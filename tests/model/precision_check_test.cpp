#include "model/precision_check.hpp"

#include <doctest.h>

#include <gemel/error.hpp>

#include "tests/model/sample_bundle.hpp"

using namespace gemel;
using namespace gemel::test;

namespace {

PrecisionCheck check_of(Precision precision, double lost) {
  return {precision, 0.8, lost, 0.01, "dev.tsv", 100};
}

std::string refused(const std::string& json) {
  return message_of([&] { precision_checks_from_json("m, precisions", json); });
}

}  // namespace

TEST_CASE("the fastest that costs little enough is chosen") {
  using Checks = std::vector<PrecisionCheck>;
  const PrecisionCheck exact_half = check_of(Precision::bf16, 0.0002);
  CHECK(fastest_exact({}) == Precision::f32);
  CHECK(fastest_exact(Checks{exact_half}) == Precision::bf16);
  CHECK(fastest_exact(Checks{exact_half, check_of(Precision::int8, 0.001)}) == Precision::int8);
  CHECK(fastest_exact(Checks{check_of(Precision::int8, -0.2), exact_half}) == Precision::int8);
  CHECK(fastest_exact(Checks{exact_half, check_of(Precision::int8, 0.0011)}) == Precision::bf16);
  CHECK(fastest_exact(Checks{check_of(Precision::bf16, 0.5)}) == Precision::f32);
}

TEST_CASE("checks go through JSON") {
  const std::vector<PrecisionCheck> checks = {check_of(Precision::bf16, -0.25),
                                              check_of(Precision::int8, 0.5)};
  CHECK(precision_checks_to_json({checks[0]}) ==
        R"([{"precision":"bf16","average_precision":0.8,"lost":-0.25,"vector_error":0.01,)"
        R"("measured_on":"dev.tsv","pairs":100}])");
  CHECK(precision_checks_from_json("m", precision_checks_to_json(checks)) == checks);
  CHECK(precision_checks_from_json("m", "[]").empty());
}

TEST_CASE("what is damaged is refused by name") {
  const std::string advice = "; the file is damaged: copy it again or train anew";
  CHECK(refused("7") == "m, precisions.precisions: is not a list" + advice);
  CHECK(refused("[{}]") == "m, precisions.precisions[0].precision: is missing" + advice);
  CHECK(refused(R"([{"precision":"f8","average_precision":1,"lost":0}])") ==
        "m, precisions, precision: 'f8' is not known; choose among f32, bf16, int8");
  CHECK(refused(R"([{"precision":"int8","average_precision":2,"lost":0}])") ==
        "m, precisions, precisions.average_precision: is 2; allowed is 0 to 1");
  PrecisionCheck wrong = check_of(Precision::bf16, 3);
  CHECK(message_of([&] { precision_checks_to_json({wrong}); }) ==
        "precisions.lost: is 3; allowed is -1 to 1");
}
