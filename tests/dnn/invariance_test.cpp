#include <algorithm>
#include <thread>
#include <vector>

#include "dnn/context.hpp"
#include "dnn/recurrent.hpp"
#include "doctest.h"
#include "tests/dnn/recurrent_case.hpp"

using namespace gemel;
using namespace gemel::test;

namespace {

/// The y of row n over the first `steps` steps.
std::vector<std::byte> row_of(const RecurrentCase& c, const std::vector<std::byte>& y, int n,
                              int steps) {
  const std::size_t size = y.size() / c.count(1);
  std::vector<std::byte> out;
  for (int t = 0; t < steps; ++t) {
    const auto at =
        y.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(t * c.texts + n) * size);
    out.insert(out.end(), at, at + static_cast<std::ptrdiff_t>(size));
  }
  return out;
}

/// A batch of other texts, longer by `extra` steps, with `alone` at place n.
RecurrentCase embed_at(const RecurrentCase& alone, int extra, int texts, int n) {
  RecurrentCase c(alone.steps + extra, texts, alone.input, alone.hidden, alone.precision,
                  static_cast<std::uint64_t>(100 + texts), alone.cell);
  for (int t = 0; t < alone.steps; ++t)
    std::copy_n(alone.x.begin() + t * alone.input, alone.input,
                c.x.begin() + (t * texts + n) * alone.input);
  return c;
}

}  // namespace

TEST_CASE("a text's states do not depend on its batch, its place or the padding, bit for bit") {
  for (const Kind kind : kinds()) {
    const dnn::Cell cell = kind.cell;
    const Precision p = kind.precision;
    for (const auto& [input, hidden] : {std::pair{48, 31}, {256, 256}, {520, 64}}) {
      const RecurrentCase alone(6, 1, input, hidden, p, 9, cell);
      const dnn::Recurrent lstm = alone.layer();
      dnn::Context context;
      dnn::Recurrent::Packed packed;
      lstm.pack(context, PlainWeights(alone.weights).parameters(), false, packed);
      const auto expected = row_of(alone, infer(lstm, context, packed, alone), 0, alone.steps);
      for (const auto& [texts, extra] : {std::pair{1, 2}, {2, 0}, {17, 9}, {49, 1}, {100, 0}}) {
        for (int n : {0, texts - 1}) {
          const RecurrentCase batch = embed_at(alone, extra, texts, n);
          CAPTURE(alone.input);
          CAPTURE(batch.texts);
          CAPTURE(n);
          const auto y = infer(lstm, context, packed, batch);
          CHECK(row_of(batch, y, n, alone.steps) == expected);
        }
      }
    }
  }
}

TEST_CASE("every place in a batch gives the same bits") {
  for (const Kind kind : kinds()) {
    const dnn::Cell cell = kind.cell;
    const Precision p = kind.precision;
    constexpr int kTexts = 100;
    RecurrentCase c(5, kTexts, 40, 72, p, 10, cell);
    for (int row = 0; row < c.steps * kTexts; ++row)  // every row becomes a copy of row 0
      std::copy_n(c.x.begin() + row / kTexts * kTexts * 40, 40, c.x.begin() + row * 40);
    const dnn::Recurrent lstm = c.layer();
    dnn::Context context;
    dnn::Recurrent::Packed packed;
    lstm.pack(context, PlainWeights(c.weights).parameters(), false, packed);
    const auto y = infer(lstm, context, packed, c);
    for (int n = 1; n < kTexts; ++n) CHECK(row_of(c, y, n, 5) == row_of(c, y, 0, 5));
  }
}

TEST_CASE("packing on one thread and running on others gives the same bits") {
  for (const Kind kind : kinds()) {
    const dnn::Cell cell = kind.cell;
    const Precision p = kind.precision;
    const RecurrentCase c(7, 21, 32, 48, p, 11, cell);
    const dnn::Recurrent lstm = c.layer();
    dnn::Context context;
    dnn::Recurrent::Packed packed;
    lstm.pack(context, PlainWeights(c.weights).parameters(), true, packed);
    const auto expected = infer(lstm, context, packed, c);
    const auto x = encode(p, c.x);
    std::vector<std::vector<std::byte>> found(2), trained(2);
    std::vector<std::thread> threads;
    for (std::size_t k = 0; k < 2; ++k) {
      threads.emplace_back([&, k] {
        dnn::Context own;
        dnn::Recurrent::Saved saved;
        dnn::Recurrent::Accumulator accumulator;
        lstm.zero(accumulator);
        const auto dy = to_floats(c.dy);
        std::vector<float> dx(c.count(32));
        found[k] = infer(lstm, own, packed, c);
        trained[k].resize(found[k].size());
        lstm.forward(own, packed, 7, 21, x.data(), trained[k].data(), 48, &saved);
        lstm.backward(own, packed, 7, 21, x.data(), trained[k].data(), 48, dy.data(), 48, saved,
                      dx.data(), accumulator);
      });
    }
    for (std::thread& t : threads) t.join();
    CHECK(found[0] == expected);
    CHECK(found[1] == expected);
    CHECK(trained[0] == trained[1]);
  }
}

TEST_CASE("padding does not reach gradients, bit for bit of its content") {
  // Two batches that differ only in x on padding steps, where dy is zero.
  for (const Kind kind : kinds()) {
    const dnn::Cell cell = kind.cell;
    const Precision p = kind.precision;
    RecurrentCase c(6, 4, 24, 32, p, 12, cell);
    for (std::size_t i = 4 * 4 * 32; i < c.dy.size(); ++i) c.dy[i] = 0;  // steps 4 and 5
    const dnn::Recurrent lstm = c.layer();
    dnn::Context context;
    dnn::Recurrent::Packed packed;
    lstm.pack(context, PlainWeights(c.weights).parameters(), true, packed);
    std::vector<std::vector<float>> dx(2), layer(2), iter(2), bias(2);
    for (std::size_t k = 0; k < 2; ++k) {
      if (k == 1)
        for (std::size_t i = 4 * 4 * 24; i < c.x.size(); ++i) c.x[i] = -c.x[i];
      const auto x = encode(p, c.x);
      const auto dy = to_floats(c.dy);
      std::vector<std::byte> y(c.count(32) * (x.size() / c.x.size()));
      dx[k].resize(c.count(24));
      dnn::Recurrent::Saved saved;
      dnn::Recurrent::Accumulator accumulator;
      lstm.zero(accumulator);
      lstm.forward(context, packed, 6, 4, x.data(), y.data(), 32, &saved);
      lstm.backward(context, packed, 6, 4, x.data(), y.data(), 32, dy.data(), 32, saved,
                    dx[k].data(), accumulator);
      PlainWeights plain{c.zeros()};
      lstm.unpack(context, accumulator, plain.gradients());
      layer[k] = plain.layer;
      iter[k] = plain.iter;
      bias[k] = plain.bias;
    }
    CHECK(dx[0] == dx[1]);
    CHECK(std::all_of(dx[0].begin() + 4 * 4 * 24, dx[0].end(), [](float v) { return v == 0; }));
    CHECK(layer[0] == layer[1]);
    CHECK(iter[0] == iter[1]);
    CHECK(bias[0] == bias[1]);
    CHECK(std::any_of(layer[0].begin(), layer[0].end(), [](float v) { return v != 0; }));
  }
}
