// Noise on tokens and sides, and the options' ranges.
#include <doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/corpora/temporary_file.hpp"
#include "train/augmentation.hpp"

using namespace gemel;
using namespace gemel::train;
using gemel::testing::error_of;

namespace {

AugmentationOptions only(float AugmentationOptions::*field, float value) {
  AugmentationOptions options;
  options.*field = value;
  return options;
}

}  // namespace

TEST_CASE("tokens are left out as often as asked, in order, and never all of them") {
  Random random(9);
  std::size_t left = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::int32_t> ids(20);
    for (std::size_t i = 0; i < 20; ++i) ids[i] = static_cast<std::int32_t>(i);
    drop_tokens(ids, 0.3, random);
    REQUIRE(!ids.empty());
    REQUIRE(std::is_sorted(ids.begin(), ids.end()));
    REQUIRE(std::set(ids.begin(), ids.end()).size() == ids.size());
    left += ids.size();
  }
  CHECK(static_cast<double>(left) / 60000 == doctest::Approx(0.7).epsilon(0.012));
  for (int round = 0; round < 200; ++round) {
    std::vector<std::int32_t> ids{4, 5};
    drop_tokens(ids, 0.9, random);
    REQUIRE(ids.size() >= 1);
  }
  std::vector<std::int32_t> none;
  drop_tokens(none, 0.5, random);
  CHECK(none.empty());
  std::vector<std::int32_t> all{1, 2, 3};
  drop_tokens(all, 0, random);
  CHECK(all == std::vector<std::int32_t>{1, 2, 3});
}

TEST_CASE("which sides are altered, and which change places") {
  Random random(4);
  AugmentationOptions options;
  int first = 0, swapped = 0;
  for (int i = 0; i < 4000; ++i) {
    options.target = AugmentTarget::both;
    const AugmentedSides both = augmented_sides(options, random);
    REQUIRE((both.first && both.second));
    options.target = AugmentTarget::one;
    const AugmentedSides one = augmented_sides(options, random);
    REQUIRE(one.first != one.second);
    first += one.first;
    options.side_swap = 0;
    REQUIRE(!swaps_sides(options, random));
    options.side_swap = 1;
    REQUIRE(swaps_sides(options, random));
    options.side_swap = 0.25f;
    swapped += swaps_sides(options, random);
  }
  CHECK(std::abs(first - 2000) < 130);
  CHECK(std::abs(swapped - 1000) < 115);
}

TEST_CASE("augmentation options: ranges and names") {
  AugmentationOptions{}.validate();
  CHECK(!AugmentationOptions{}.alters_text());
  CHECK(!AugmentationOptions{}.alters_tokens());
  struct Case {
    float AugmentationOptions::*field;
    float bad;
    std::string message;
    bool text, tokens;
  };
  const Case cases[] = {
      {&AugmentationOptions::word_dropout, 0.95f, "word_dropout: is 0.95; allowed is 0 to 0.9",
       true, false},
      {&AugmentationOptions::token_dropout, -0.5f, "token_dropout: is -0.5; allowed is 0 to 0.9",
       false, true},
      {&AugmentationOptions::word_swap, 2, "word_swap: is 2; allowed is 0 to 1", true, false},
      {&AugmentationOptions::case_noise, -1, "case_noise: is -1; allowed is 0 to 1", true, false},
      {&AugmentationOptions::punctuation_noise, 1.5f,
       "punctuation_noise: is 1.5; allowed is 0 to 1", true, false},
      {&AugmentationOptions::sample_segmentation, 11,
       "sample_segmentation: is 11; allowed is 0 to 10", false, true},
      {&AugmentationOptions::side_swap, 3, "side_swap: is 3; allowed is 0 to 1", false, false}};
  for (const Case& c : cases) {
    CHECK(error_of("!", [&] { only(c.field, c.bad).validate(); }) == c.message);
    const auto good = only(c.field, 0.5f);
    good.validate();
    CHECK(good.alters_text() == c.text);
    CHECK(good.alters_tokens() == c.tokens);
  }
  for (const auto target : {AugmentTarget::both, AugmentTarget::one})
    CHECK(augment_target_from_name(name(target)) == target);
  CHECK(error_of("!", [] { augment_target_from_name("two"); }) ==
        "augment_target: 'two' is not known; choose among both, one");
}
