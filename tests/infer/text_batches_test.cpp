#include "infer/text_batches.hpp"

#include <doctest.h>

#include <string>

#include "tests/infer/tiny_tokenizer.hpp"

using namespace gemel;
using namespace gemel::test;

namespace {

using Places = std::vector<std::int64_t>;
using Ids = std::vector<std::int32_t>;

}  // namespace

TEST_CASE("copies stand for one text; of like length those come together that begin alike") {
  const Tokenizer tokenizer(tiny_tokenizer(), Normalization::spaces);
  const std::vector<std::string_view> texts = {
      "how", "how old", "are", "how", "how old are", "", "are", "what is", "is your age ?"};
  const TextBatches batches = make_batches(tokenizer, texts, {3, 2, 1});
  CHECK(batches.source == Places{0, 1, 2, 0, 3, 4, 2, 5, 6});
  CHECK(batches.first == Places{0, 1, 2, 4, 5, 7, 8});
  CHECK(batches.ids == std::vector<Ids>{{kHow},
                                        {kHow, kOld},
                                        {kAre},
                                        {kHow, kOld, kAre},
                                        {kEnd},
                                        {kWhat, kIs},
                                        {kIs, kYour, kAge}});
  CHECK(batches.order == Places{4, 0, 1, 3, 2, 5, 6});
  CHECK(batches.begin == Places{0, 2, 4, 6, 7});
  CHECK(batches.tokens == 13);
  CHECK(batches.truncated == 1);
}

TEST_CASE("the longest come first, in classes of four lengths or one") {
  const Tokenizer tokenizer(tiny_tokenizer(), Normalization::spaces);
  const std::vector<std::string_view> texts = {"how old are",     "what is your age",    "how",
                                               "how old are you", "how old are you how", "is"};
  const TextBatches batches = make_batches(tokenizer, texts, {16, 3, 1});
  CHECK(batches.order == Places{3, 4, 1, 2, 0, 5});
  CHECK(batches.begin == Places{0, 3, 6});
  const TextBatches apart = make_batches(tokenizer, texts, {16, 3, 1, 1});
  CHECK(apart.order == Places{4, 3, 1, 0, 2, 5});
}

TEST_CASE("no text, and many") {
  const Tokenizer tokenizer(tiny_tokenizer(), Normalization::spaces);
  CHECK(make_batches(tokenizer, {}, {}).batches() == 0);
  std::vector<std::string> texts;
  for (int i = 0; i < 5000; ++i)
    texts.push_back(std::string(static_cast<std::size_t>(i % 700), 'a'));
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  for (const int threads : {1, 3}) {
    const TextBatches batches = make_batches(tokenizer, views, {1000, 48, threads});
    CHECK(batches.first.size() == 700);
    for (std::size_t i = 0; i < views.size(); ++i)
      REQUIRE(batches.source[i] == static_cast<std::int64_t>(i % 700));
    CHECK(batches.ids[699].size() == 700);  // a space in front
    CHECK(batches.order.front() == 699);
    CHECK(Places(batches.order.end() - 3, batches.order.end()) == Places{0, 1, 2});
  }
}
