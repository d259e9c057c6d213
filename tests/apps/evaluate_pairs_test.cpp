#include "apps/evaluate_pairs.hpp"

#include <doctest.h>

#include <fstream>
#include <sstream>

#include "apps/output/table.hpp"
#include "tests/corpora/temporary_file.hpp"

using namespace gemel;
using namespace gemel::app;

namespace {

std::string written(const std::string& ending, const evaluation::EvaluationInput& input,
                    const std::optional<evaluation::Calibration>& calibration) {
  train::Dataset data;
  data.add("a\tb", "say \"c\"", 1);
  data.add("d", "a\tb", 0.25f);
  const testing::TemporaryFile file("scores" + ending, "");
  write_pair_scores(file.path(), data, input, calibration);
  std::ostringstream text;
  text << std::ifstream(file.path()).rdbuf();
  return text.str();
}

evaluation::EvaluationInput scores() {
  evaluation::EvaluationInput input;
  input.model = {{0.5f, 1}, {-0.125f, 0.25f}};
  return input;
}

}  // namespace

TEST_CASE("a table's format by its file's ending") {
  using output::TableFormat;
  CHECK(output::table_format_from_ending("a/b.tsv") == TableFormat::tsv);
  CHECK(output::table_format_from_ending("b.tsv.csv") == TableFormat::csv);
  CHECK(output::table_format_from_ending(".jsonl") == TableFormat::jsonl);
  for (const char* other : {"", "-", "tsv", "a.txt", "a.csv/b", "a.xtsv"})
    CHECK_FALSE(output::table_format_from_ending(other));
}

TEST_CASE("a row a pair, with what the model has") {
  CHECK(written(".tsv", scores(), std::nullopt) ==
        "label\tscore\ttext1\ttext2\n"
        "1\t0.5\ta\\tb\tsay \"c\"\n"
        "0.25\t-0.125\td\ta\\tb\n");
  evaluation::EvaluationInput with_head = scores();
  with_head.head = {{0.75f, 1}, {0.0625f, 0.25f}};
  // p = σ(1 − 2 d), and d = 1 − score: σ(0) and σ(−1.25).
  const evaluation::Calibration calibration{2, 1};
  CHECK(written(".csv", with_head, calibration) ==
        "label,score,probability,head,text1,text2\n"
        "1,0.5,0.5,0.75,a\tb,\"say \"\"c\"\"\"\n"
        "0.25,-0.125,0.2227,0.0625,d,a\tb\n");
  CHECK(written(".jsonl", scores(), calibration) ==
        R"({"label":1,"score":0.5,"probability":0.5,"text1":"a\tb","text2":"say \"c\""})"
        "\n"
        R"({"label":0.25,"score":-0.125,"probability":0.2227,"text1":"d","text2":"a\tb"})"
        "\n");
  CHECK(written(".txt", scores(), std::nullopt).starts_with("label\tscore\ttext1\ttext2\n"));
}
