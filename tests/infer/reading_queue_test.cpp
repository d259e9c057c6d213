#include "infer/engine/reading_queue.hpp"

#include <doctest.h>

#include <algorithm>
#include <vector>

#include "core/random.hpp"
#include "tests/infer/laid_out.hpp"

using namespace gemel;
using namespace gemel::infer;

namespace {

using Text = std::vector<std::int32_t>;
using Places = std::vector<std::int64_t>;

// What changes before a step: texts that go on from others, texts read, texts begun.
struct Step {
  Places branches, ends, roots;
  bool operator==(const Step&) const = default;
};

struct Reading : test::LaidOut {
  Places in_order = order();
  using LaidOut::LaidOut;
};

std::vector<Step> steps(ReadingQueue& queue, const Reading& reading, int piece, int rows) {
  queue.begin(reading.lists(), reading.in_order, piece, rows, true);
  std::vector<Step> found;
  while (queue.next()) {
    Step& step = found.emplace_back();
    for (const auto& start : queue.branches()) step.branches.push_back(start.text);
    for (const auto& end : queue.ends()) step.ends.push_back(end.text);
    for (const auto& start : queue.roots()) step.roots.push_back(start.text);
  }
  return found;
}

}  // namespace

TEST_CASE("a piece begins as soon as its rows are free at every step") {
  const Reading reading({{1, 2, 3}, {1, 2, 4}, {1}, {6}, {5, 6, 7}});
  REQUIRE(reading.in_order == Places{2, 0, 1, 4, 3});
  ReadingQueue queue;
  // {2, 0} has a row at each of 3 steps, {1, 4} two, {3} one at one step.
  CHECK(steps(queue, reading, 2, 2) == std::vector<Step>{{{}, {}, {2}},
                                                         {{0}, {2}, {}},
                                                         {},
                                                         {{}, {0}, {1, 4}},
                                                         {},
                                                         {},
                                                         {{}, {1, 4}, {3}},
                                                         {{}, {3}, {}}});
  CHECK(steps(queue, reading, 2, 4) ==
        std::vector<Step>{{{}, {}, {2, 1, 4, 3}}, {{0}, {2, 3}, {}}, {}, {{}, {0, 1, 4}, {}}});
  CHECK(steps(queue, reading, 5, 5) ==
        std::vector<Step>{
            {{}, {}, {4, 2, 3}}, {{0}, {2, 3}, {}}, {{1}, {}, {}}, {{}, {0, 1, 4}, {}}});
  CHECK(steps(queue, Reading(std::vector<Text>{}), 1, 1).empty());
}

TEST_CASE("no step has more rows than allowed, and every text is begun and read once") {
  Random random(3);
  std::vector<Text> texts(400);
  for (Text& text : texts) {
    text.resize(1 + random.below(30));
    for (std::int32_t& id : text) id = static_cast<std::int32_t>(random.below(3));
  }
  const Reading reading(texts);
  ReadingQueue queue;
  for (const auto& [piece, most] : {std::pair(1, 1), {1, 7}, {8, 8}, {8, 32}, {400, 400}}) {
    queue.begin(reading.lists(), reading.in_order, piece, most, true);
    Places read(texts.size());
    std::int64_t rows = 0, all_rows = 0, most_rows = 0;
    while (queue.next()) {
      rows += std::ssize(queue.branches()) + std::ssize(queue.roots());
      for (const auto& end : queue.ends()) {
        ++read[static_cast<std::size_t>(end.text)];
        if (end.text == end.state) --rows;
      }
      CHECK(rows <= most);
      all_rows += rows;
      most_rows += most;
    }
    CHECK(rows == 0);
    CHECK(read == Places(texts.size(), 1));
    if (piece == 8 && most == 32) CHECK(10 * all_rows > 8 * most_rows);
  }
}
