#include "search/distinct.hpp"

#include <doctest.h>

#include <string>

using namespace gemel;

TEST_CASE("identical texts share a number, in order of first appearance") {
  const std::string nul("a\0b", 3), other("a\0c", 3);
  const std::vector<std::string_view> texts = {"b", "a", "b", "", nul, "a ", "", other, nul};
  const DistinctTexts found = find_distinct(texts);
  CHECK(found.first == std::vector<std::int32_t>{0, 1, 3, 4, 5, 7});
  CHECK(found.distinct == std::vector<std::int32_t>{0, 1, 0, 2, 3, 4, 2, 5, 3});
}

TEST_CASE("no texts, no groups") {
  const DistinctTexts found = find_distinct({});
  CHECK(found.first.empty());
  CHECK(found.distinct.empty());
}

TEST_CASE("many texts") {
  std::vector<std::string> owned;
  for (int i = 0; i < 20000; ++i) owned.push_back(std::to_string(i % 7000));
  const std::vector<std::string_view> texts(owned.begin(), owned.end());
  const DistinctTexts found = find_distinct(texts);
  REQUIRE(found.first.size() == 7000);
  for (int i = 0; i < 20000; ++i) CHECK(found.distinct[static_cast<std::size_t>(i)] == i % 7000);
}
