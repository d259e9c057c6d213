#include <doctest.h>

#include <set>

#include "corpora/pair_reader.hpp"
#include "corpora/triplet_reader.hpp"
#include "corpora/tuple_reader.hpp"

using namespace gemel;

namespace {

std::string sample(const std::string& name) {
  return std::string(GEMEL_SAMPLE) + "/" + name;
}

/// The texts of the pairs that choose models, which no file to learn from may hold.
std::set<std::string> dev_texts() {
  PairOptions options;
  options.input.path = sample("pairs-dev.jsonl");
  PairReader reader(options);
  std::set<std::string> texts;
  for (PairRow row; reader.next(row);) texts.insert({row.text1, row.text2});
  CHECK(reader.count() == 95);
  return texts;
}

}  // namespace

TEST_CASE("the sample triplets: forty, all texts distinct, none from dev") {
  TripletOptions options;
  options.input.path = sample("triplets.tsv");
  TripletReader reader(options);
  CHECK(reader.description() ==
        "TSV, with a header, anchor: column 1, positive: column 2, negative: column 3");
  std::set<std::string> texts = dev_texts();
  const std::size_t before = texts.size();
  for (TripletRow row; reader.next(row);) texts.insert({row.anchor, row.positive, row.negative});
  CHECK(reader.count() == 40);
  CHECK(texts.size() == before + 120);
}

TEST_CASE("the sample questions and passages: sixty, all texts distinct, none from dev") {
  TupleOptions options;
  options.input.path = sample("question-answer.tsv");
  options.columns = {{"question", ""}, {"passage", ""}};
  TupleReader reader(options);
  CHECK(reader.description() == "TSV, with a header, question: column 1, passage: column 2");
  std::set<std::string> texts = dev_texts();
  const std::size_t before = texts.size();
  for (TupleRow row; reader.next(row);) {
    CHECK(row.label == 1);
    texts.insert(row.texts.begin(), row.texts.end());
  }
  CHECK(reader.count() == 60);
  CHECK(texts.size() == before + 120);
}
