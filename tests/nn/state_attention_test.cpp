// Self-attention over states: cases worked by hand. tests/nn/kinds_test.cpp has its gradients.
#include "nn/state_attention.hpp"

#include <doctest.h>

#include <cmath>
#include <vector>

#include "tests/nn/fixture.hpp"

using namespace gemel;
using namespace gemel::nn;
using namespace gemel::nn::test;

namespace {

const std::vector<float> kIdentity = {1, 0, 0, 1};
const std::vector<float> kZero = {0, 0, 0, 0};

/// One text of states [T, 2] after self-attention.
std::vector<float> attend(std::vector<float> states, int heads, const std::vector<float>& query,
                          const std::vector<float>& key, const std::vector<float>& value,
                          const std::vector<float>& output) {
  const StateAttention attention(2, heads);
  dnn::Context context;
  StateAttention::Tape tape;
  StateAttention::Scratch scratch;
  const std::int32_t length = static_cast<std::int32_t>(states.size() / 2);
  attention.forward(context, {query.data(), key.data(), value.data(), output.data()},
                    {length, 1, &length}, tape, scratch, states.data());
  return states;
}

void check_near(const std::vector<float>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK(double{found[i]} == doctest::Approx(expected[i]).epsilon(1e-6));
}

}  // namespace

TEST_CASE("without an output the states stay what they are") {
  CHECK(attend({1, 2, 3, 4}, 1, kIdentity, kIdentity, kIdentity, kZero) ==
        std::vector<float>{1, 2, 3, 4});
}

TEST_CASE("without queries all steps weigh alike, and each state gets the mean of the values") {
  check_near(attend({1, 2, 3, 4, 8, 0}, 2, kZero, kIdentity, kIdentity, kIdentity),
             {1 + 4.0, 2 + 2.0, 3 + 4.0, 4 + 2.0, 8 + 4.0, 0 + 2.0});
}

TEST_CASE("a text of one token attends to itself alone") {
  check_near(attend({3, -1}, 1, kIdentity, kIdentity, {2, 0, 0, 2}, kIdentity), {9, -3});
}

TEST_CASE("scores are divided by the root of a head's width, heads see their own columns") {
  // States (1, 0) and (0, 1). One head of width 2: scores 1/√2 with itself and 0 with the other.
  const double a = std::exp(1 / std::sqrt(2.0)), own = a / (a + 1), other = 1 / (a + 1);
  check_near(attend({1, 0, 0, 1}, 1, kIdentity, kIdentity, kIdentity, kIdentity),
             {1 + own, other, other, 1 + own});
  // Two heads of width 1: where a query is 1 the scores are 1 and 0, where it is 0 both are 0.
  const double e = std::exp(1.0), high = e / (e + 1);
  check_near(attend({1, 0, 0, 1}, 2, kIdentity, kIdentity, kIdentity, kIdentity),
             {1 + high, 0.5, 0.5, 1 + high});
}

TEST_CASE("large scores do not overflow") {
  const std::vector<float> found =
      attend({100, 0, 0, 100}, 1, {100, 0, 0, 100}, kIdentity, kIdentity, kIdentity);
  check_near(found, {200, 0, 0, 200});
}

TEST_CASE("padding is left alone, forwards and backwards, and other texts do not matter") {
  const StateAttention attention(2, 1);
  dnn::Context context;
  StateAttention::Tape tape;
  StateAttention::Scratch scratch;
  const std::vector<std::int32_t> lengths = {1, 2};
  const Ragged batch{3, 2, lengths.data()};
  const std::vector<float> w = {0.5f, -1, 2, 0.25f};
  const StateAttention::Parameters p{w.data(), w.data(), w.data(), w.data()};
  std::vector<float> states = {1, 2, 3, 4, 77, 78, 5, 6, 79, 80, 81, 82};  // [T, N, 2]
  attention.forward(context, p, batch, tape, scratch, states.data());
  const std::vector<float> first = attend({1, 2}, 1, w, w, w, w);
  const std::vector<float> second = attend({3, 4, 5, 6}, 1, w, w, w, w);
  CHECK(states == std::vector<float>{first[0], first[1], second[0], second[1], 77, 78, second[2],
                                     second[3], 79, 80, 81, 82});
  std::vector<float> dw(4), dstates(12);
  for (const std::size_t i : {0, 1, 2, 3, 6, 7}) dstates[i] = 1;
  attention.backward(context, p, batch, tape, scratch, {dw.data(), dw.data(), dw.data(), dw.data()},
                     dstates.data());
  for (const std::size_t i : {4, 5, 8, 9, 10, 11}) CHECK(dstates[i] == 0.0f);
  CHECK(dstates[0] != 1.0f);
}

TEST_CASE("a new encoder starts as one without self-attention") {
  EncoderConfig with = small_config({Pooling::mean, Pooling::last});
  with.state_attention_heads = 3;
  EncoderConfig without = with;
  without.state_attention_heads = 0;
  const Encoder attending(with, Precision::f32), plain(without, Precision::f32);
  ParameterBlock values(attending.layout()), same(plain.layout());
  Random random(4);
  attending.initialise(values, random);
  const int query = attending.layout().find("state_attention.query");
  REQUIRE(query >= 0);
  CHECK(attending.layout()[query].shape == std::vector<std::int64_t>{12, 12});
  CHECK(largest({values.values(query).begin(), values.values(query).end()}) > 0);
  for (std::size_t i = 0; i < plain.layout().all().size(); ++i) {
    const int from = attending.layout().find(plain.layout().all()[i].name);
    REQUIRE(from >= 0);
    std::copy_n(values.data(from), attending.layout()[from].size, same.data(static_cast<int>(i)));
  }
  dnn::Context context;
  const TokenBatch batch = lay_out(sample_texts());
  const auto run = [&](const Encoder& encoder, const ParameterBlock& block) {
    Encoder::Packed packed;
    encoder.pack(context, block, false, packed);
    std::vector<float> out(static_cast<std::size_t>(5 * encoder.config().sentence_size()));
    encoder.forward(context, block, packed, batch,
                    {out.data(), 5, encoder.config().sentence_size()}, nullptr, nullptr);
    return out;
  };
  CHECK(run(attending, values) == run(plain, same));
}
