// The pair head against a double-precision oracle, its symmetry and its invariance.
#include "nn/pair_head.hpp"

#include <doctest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "tests/reference/finite_differences.hpp"

using namespace gemel;
using namespace gemel::nn;

namespace {

using Pair = std::pair<std::int32_t, std::int32_t>;

struct Case {
  Case(std::int64_t size, std::int64_t hidden, std::int64_t texts, std::uint64_t seed,
       float dropout = 0, std::int64_t pooled_size = 0)
      : head(size, hidden, layout, dropout, pooled_size),
        values(layout),
        gradients(layout),
        pooled(static_cast<std::size_t>(pooled_size)),
        embeddings(static_cast<std::size_t>(texts * head.feature_size())) {
    Random random(seed);
    for (float& v : embeddings) v = static_cast<float>(random.uniform(-2, 2));
    for (std::size_t i = 0; i < layout.all().size(); ++i)
      for (float& v : values.values(static_cast<int>(i)))
        v = static_cast<float>(random.uniform(-0.7, 0.7));
  }
  ConstMatrixView view() const {
    const std::int64_t d = head.feature_size();
    return {embeddings.data(), static_cast<std::int64_t>(embeddings.size()) / d, d};
  }
  std::vector<float> logits(const std::vector<Pair>& pairs, PairHead::Saved* saved = nullptr,
                            const DropoutSeed* dropout = nullptr) {
    std::vector<float> out(pairs.size());
    head.forward(context, values, view(), pairs, saved, out, dropout);
    return out;
  }

  ParameterLayout layout;
  PairHead head;
  ParameterBlock values;
  GradientBlock gradients;
  std::size_t pooled;             // the last of W
  std::vector<float> embeddings;  // [N, W]
  dnn::Context context;
};

/// The same in double, from the definition. `keep` multiplies hidden unit k.
struct Oracle {
  explicit Oracle(const Case& c)
      : size(static_cast<std::size_t>(c.head.feature_size())),
        pooled(c.pooled),
        hidden(static_cast<std::size_t>(c.head.hidden())),
        x(c.embeddings.begin(), c.embeddings.end()) {
    for (std::size_t i = 0; i < 4; ++i) {
      const auto span = c.values.values(static_cast<int>(i));
      parameter[i].assign(span.begin(), span.end());
    }
  }
  static void scale(std::span<double> part) {
    double squares = 0;
    for (const double v : part) squares += v * v;
    const double root_mean_square = std::sqrt(squares / static_cast<double>(part.size()));
    for (double& v : part) v = root_mean_square > 0 ? v / root_mean_square : 0;
  }
  std::vector<double> scaled(std::int32_t row) const {
    std::vector<double> out(x.begin() + static_cast<std::ptrdiff_t>(size) * row,
                            x.begin() + static_cast<std::ptrdiff_t>(size) * (row + 1));
    const std::span<double> all(out);
    scale(all.first(size - pooled));
    scale(all.last(pooled));
    return out;
  }
  template <class Keep>
  double logit(const Pair& pair, Keep keep) const {
    const std::vector<double> u = scaled(pair.first), v = scaled(pair.second);
    double out = parameter[3][0];
    for (std::size_t k = 0; k < hidden; ++k) {
      double sum = parameter[1][k];
      for (std::size_t j = 0; j < size; ++j)
        sum += std::abs(u[j] - v[j]) * parameter[0][j * hidden + k] +
               u[j] * v[j] * parameter[0][(size + j) * hidden + k];
      out += std::max(0.0, sum) * keep(k) * parameter[2][k];
    }
    return out;
  }

  std::size_t size, pooled, hidden;
  std::vector<double> x;             // [N, D]
  std::vector<double> parameter[4];  // in the order of the layout
};

double everything(std::size_t) {
  return 1;
}

void check_close(std::span<const float> found, const std::vector<double>& expected,
                 double tolerance) {
  REQUIRE(found.size() == expected.size());
  double largest = 0, worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    const double difference = std::abs(double{found[i]} - expected[i]);
    worst = difference <= worst ? worst : difference;
  }
  CHECK(largest > 0);
  CHECK(worst < tolerance * largest);
}

const std::vector<Pair> kPairs = {{0, 1}, {2, 3}, {1, 0}, {4, 2}, {3, 3}, {0, 4}};

void check_gradients(float rate, std::int64_t pooled = 0) {
  Case c(5, 7, 5, 3, rate, pooled);
  const DropoutSeed seed{77};
  PairHead::Saved saved;
  const DropoutSeed* dropout = rate > 0 ? &seed : nullptr;
  c.logits(kPairs, &saved, dropout);
  const std::vector<float> dlogits = {0.5f, -1.0f, 0.25f, 2.0f, -0.75f, 1.5f};
  std::vector<float> dembeddings(c.embeddings.size(), 3.0f);
  c.head.backward(c.context, c.values, c.view(), kPairs, saved, dlogits,
                  {dembeddings.data(), 5, c.head.feature_size()}, c.gradients);

  Oracle oracle(c);
  // The pair (3, 3) has no kink: u and v move together.
  const auto sum = [&] {
    double out = 0;
    for (std::size_t p = 0; p < kPairs.size(); ++p) {
      const DropoutMask mask(seed.value, -1000003, rate);
      const auto keep = [&](std::size_t k) {
        return double{mask.factor(0, static_cast<int>(p), static_cast<std::int64_t>(k))};
      };
      out += dlogits[p] * oracle.logit(kPairs[p], keep);
    }
    return out;
  };
  for (std::size_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    check_close(c.gradients.values(static_cast<int>(i)),
                reference::numeric_gradient(sum, oracle.parameter[i], 1e-4), 2e-5);
  }
  std::vector<double> dx = reference::numeric_gradient(sum, oracle.x, 1e-4);
  for (double& v : dx) v += 3;  // backward adds
  check_close(dembeddings, dx, 2e-5);
}

}  // namespace

TEST_CASE("logits are those of the definition in double") {
  for (const auto& [size, hidden] : {std::pair{1, 1}, {5, 7}, {64, 33}, {300, 50}}) {
    Case c(size, hidden, 5, 1);
    const Oracle oracle(c);
    std::vector<double> expected;
    for (const Pair& pair : kPairs) expected.push_back(oracle.logit(pair, everything));
    check_close(c.logits(kPairs), expected, 1e-5);
  }
}

TEST_CASE("pooled vectors beside the embeddings, each scaled by itself") {
  for (const auto& [size, pooled] : {std::pair{1, 3}, {5, 8}, {64, 130}}) {
    Case c(size, 9, 5, 2, 0, pooled);
    for (std::size_t i = 0; i < c.embeddings.size(); ++i)  // of another order
      if (i % static_cast<std::size_t>(size + pooled) >= static_cast<std::size_t>(size))
        c.embeddings[i] *= 0.03f;
    const Oracle oracle(c);
    std::vector<double> expected;
    for (const Pair& pair : kPairs) expected.push_back(oracle.logit(pair, everything));
    check_close(c.logits(kPairs), expected, 1e-5);
  }
}

TEST_CASE("gradients are those of finite differences") {
  check_gradients(0);
  check_gradients(0, 3);
}

TEST_CASE("gradients through dropout are those of finite differences") {
  check_gradients(0.5f);
  check_gradients(0.5f, 9);
}

TEST_CASE("f(A, B) = f(B, A), bit for bit, and so are the embeddings' gradients") {
  Case c(48, 20, 40, 5);
  std::vector<Pair> pairs, turned;
  for (std::int32_t i = 0; i < 40; ++i)
    for (std::int32_t j = 0; j < i; ++j) {
      pairs.emplace_back(i, j);
      turned.emplace_back(j, i);
    }
  PairHead::Saved saved;
  CHECK(c.logits(pairs) == c.logits(turned));
  for (std::size_t p = 0; p < pairs.size(); p += 97) {
    const std::vector<float> dlogit = {1.0f};
    std::vector<float> there(c.embeddings.size()), back(c.embeddings.size());
    c.logits({pairs[p]}, &saved);
    c.head.backward(c.context, c.values, c.view(), std::vector{pairs[p]}, saved, dlogit,
                    {there.data(), 40, 48}, c.gradients);
    c.logits({turned[p]}, &saved);
    c.head.backward(c.context, c.values, c.view(), std::vector{turned[p]}, saved, dlogit,
                    {back.data(), 40, 48}, c.gradients);
    CHECK(there == back);
  }
}

TEST_CASE("a pair's logit does not depend on the other pairs or its place, bit for bit") {
  for (const std::int64_t size : {5, 64, 129}) {
    Case c(size, 33, 30, 6);
    std::vector<Pair> pairs;
    for (std::int32_t i = 0; i < 30; ++i)
      for (std::int32_t j = 0; j < 30; ++j) pairs.emplace_back(i, j);
    const std::vector<float> all = c.logits(pairs);
    int different = 0;
    for (std::size_t p = 0; p < pairs.size(); p += 7)
      different += c.logits({pairs[p]})[0] != all[p];
    const std::vector<Pair> tail(pairs.begin() + 500, pairs.end());
    const std::vector<float> found = c.logits(tail);
    for (std::size_t p = 0; p < tail.size(); ++p) different += found[p] != all[500 + p];
    CHECK(different == 0);
  }
}

TEST_CASE("the logit does not depend on the embeddings' norms") {
  Case c(16, 8, 5, 9);
  const std::vector<float> before = c.logits(kPairs);
  for (std::size_t i = 0; i < 16; ++i) c.embeddings[i] *= 4;
  CHECK(c.logits(kPairs) == before);  // a power of two rounds nothing
}

TEST_CASE("rescaled logits") {
  Case c(5, 4, 3, 11);
  const std::vector<Pair> pairs = {{0, 1}, {2, 1}, {2, 2}};
  const std::vector<float> before = c.logits(pairs);
  c.head.rescale(c.values, 0.4f, -1.5f);
  const std::vector<float> after = c.logits(pairs);
  for (std::size_t i = 0; i < pairs.size(); ++i)
    CHECK(after[i] == doctest::Approx(0.4 * before[i] - 1.5).epsilon(1e-5));
}

TEST_CASE("a zero embedding gives a finite logit and no gradient") {
  Case c(6, 4, 2, 10);
  std::fill_n(c.embeddings.begin(), 6, 0.0f);
  PairHead::Saved saved;
  const std::vector<Pair> pairs = {{0, 1}};
  const Oracle oracle(c);
  CHECK(c.logits(pairs, &saved)[0] == doctest::Approx(oracle.logit({0, 1}, everything)));
  std::vector<float> dembeddings(12);
  const std::vector<float> dlogit = {1.0f};
  c.head.backward(c.context, c.values, c.view(), pairs, saved, dlogit, {dembeddings.data(), 2, 6},
                  c.gradients);
  for (std::size_t j = 0; j < 6; ++j) CHECK(dembeddings[j] == 0.0f);
}

TEST_CASE("without a place for them no embeddings' gradients are made, the others stay the same") {
  Case with(9, 6, 5, 11), without(9, 6, 5, 11);
  std::vector<float> dembeddings(with.embeddings.size());
  const std::vector<float> dlogits = {1, 2, 3, 4, 5, 6};
  PairHead::Saved saved;
  with.logits(kPairs, &saved);
  with.head.backward(with.context, with.values, with.view(), kPairs, saved, dlogits,
                     {dembeddings.data(), 5, 9}, with.gradients);
  without.head.backward(without.context, without.values, without.view(), kPairs, saved, dlogits, {},
                        without.gradients);
  CHECK(with.gradients.squared_norm() > 0);
  CHECK(std::equal(with.gradients.all().begin(), with.gradients.all().end(),
                   without.gradients.all().begin()));
}

TEST_CASE("parameters are registered by name, started, and biases keep no decay") {
  Case c(3, 4, 1, 12);
  std::vector<std::string> names;
  for (const ParameterInfo& p : c.layout.all()) names.push_back(p.name);
  CHECK(names == std::vector<std::string>{"head.hidden.weight", "head.hidden.bias",
                                          "head.output.weight", "head.output.bias"});
  CHECK(c.layout[0].shape == std::vector<std::int64_t>{6, 4});
  CHECK(c.layout[2].shape == std::vector<std::int64_t>{4, 1});
  CHECK_FALSE(c.layout[1].decay);
  CHECK_FALSE(c.layout[3].decay);
  Random random(4);
  c.head.initialise(c.values, random);
  const double limit = std::sqrt(6.0 / (6 + 4));
  double largest = 0;
  for (const float v : c.values.values(0)) largest = std::max(largest, std::abs(double{v}));
  CHECK(largest <= limit);
  CHECK(largest > 0.5 * limit);
  for (const float v : c.values.values(1)) CHECK(v == 0.0f);
  CHECK(c.values.values(3)[0] == 0.0f);
}

TEST_CASE("one head serves several threads") {
  Case c(32, 16, 5, 13);
  const std::vector<float> expected = c.logits(kPairs);
  std::vector<std::vector<float>> found(3, std::vector<float>(kPairs.size()));
  std::vector<std::thread> threads;
  for (std::vector<float>& out : found)
    threads.emplace_back([&] {
      dnn::Context context;
      c.head.forward(context, c.values, c.view(), kPairs, nullptr, out);
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<float>& out : found) CHECK(out == expected);
}
