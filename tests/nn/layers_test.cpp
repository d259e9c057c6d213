// Pieces of the encoder against values worked by hand, and properties.
#include <bit>
#include <cmath>
#include <limits>

#include "nn/bf16.hpp"
#include "nn/pooling.hpp"
#include "nn/rows.hpp"
#include "nn/unit_length.hpp"
#include "tests/nn/fixture.hpp"

using namespace gemel;
using namespace gemel::nn;
using namespace gemel::nn::test;

namespace {
Bf16 rounded(float x) {
  Bf16 y = 0;
  narrow(x, y);
  return y;
}
}  // namespace

TEST_CASE("bf16 rounds to nearest, ties to even") {
  CHECK(rounded(1.0f) == 0x3f80);
  CHECK(rounded(std::bit_cast<float>(0x3f808000u)) == 0x3f80);  // a tie, down to even
  CHECK(rounded(std::bit_cast<float>(0x3f818000u)) == 0x3f82);  // a tie, up to even
  CHECK(rounded(std::bit_cast<float>(0x3f808001u)) == 0x3f81);
  CHECK(rounded(std::bit_cast<float>(0x3f807fffu)) == 0x3f80);
  CHECK(rounded(-1.0f) == 0xbf80);
  CHECK(rounded(std::numeric_limits<float>::max()) == 0x7f80);  // rounds to infinity
  CHECK(rounded(std::numeric_limits<float>::infinity()) == 0x7f80);
  CHECK(std::isnan(widen(rounded(std::numeric_limits<float>::quiet_NaN()))));
  CHECK(std::isnan(widen(rounded(std::bit_cast<float>(0x7f800001u)))));
  CHECK(widen(Bf16{0xc040}) == -3.0f);
}

TEST_CASE("tanh of a row is within 2e-7 of the truth and odd at its ends") {
  std::vector<float> x;
  for (int i = -4000; i <= 4000; ++i) x.push_back(0.005f * static_cast<float>(i));
  x.push_back(1e-20f);
  x.push_back(88.0f);
  x.push_back(-1e30f);
  std::vector<float> y = x;
  tanh_row(static_cast<std::int64_t>(y.size()), y.data());
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    worst = std::max(worst, std::abs(double{y[i]} - std::tanh(double{x[i]})));
  CHECK(worst < 2e-7);
  CHECK(y[y.size() - 3] == 1e-20f);
  CHECK(y[y.size() - 2] == 1.0f);
  CHECK(y[y.size() - 1] == -1.0f);
}

TEST_CASE("pooling kinds, by hand") {
  EncoderConfig config = small_config({Pooling::last, Pooling::mean, Pooling::max});
  config.hidden_size = 1;
  const PoolingLayout layout(config);
  CHECK(layout.width == 6);
  const std::int32_t lengths[] = {3, 1};
  const Ragged batch{4, 2, lengths};
  // [T=4, N=2, H=1]; 99 is padding
  const float forward[] = {1, 5, 4, 99, 2.5f, 99, 99, 99};
  const float backward[] = {-3, 6, -1, 99, -1, 99, 99, 99};
  float out[12];
  std::int32_t argmax[4];
  pool_states<float>(layout, batch, {forward, backward}, {out, 2, 6}, argmax);
  const float expected[] = {2.5f, -1, 2.5f, -5.0f / 3, 4, -1, 5, 6, 5, 6, 5, 6};
  for (int i = 0; i < 12; ++i) CHECK(out[i] == doctest::Approx(expected[i]));
  CHECK(argmax[0] == 1);
  CHECK(argmax[1] == 1);  // the first of equals
  CHECK(argmax[2] == 0);
  CHECK(argmax[3] == 0);

  const float dout[] = {1, 10, 3, 30, 100, 1000, 1, 2, 3, 4, 5, 6};
  float df[8], db[8];
  pool_states_backward(layout, batch, {dout, 2, 6}, argmax, {df, db});
  const float df_expected[] = {1, 9, 101, 0, 2, 0, 0, 0};
  const float db_expected[] = {10, 12, 1010, 0, 20, 0, 0, 0};
  for (int i = 0; i < 8; ++i) CHECK(df[i] == doctest::Approx(df_expected[i]));
  for (int i = 0; i < 8; ++i) CHECK(db[i] == doctest::Approx(db_expected[i]));
}

TEST_CASE("unit length, by hand") {
  float rows[] = {3, 4, 0, 0, 1e-30f, 0, 1e15f, 0};
  float norms[4];
  scale_to_unit_length({rows, 4, 2}, norms);
  const float expected[] = {0.6f, 0.8f, 0, 0, 0, 0, 1, 0};
  for (int i = 0; i < 8; ++i) CHECK(rows[i] == doctest::Approx(expected[i]));
  const float dy[] = {1, 0, 1, 1, 1, 1, 5, 1e15f};
  float dx[8];
  unit_length_backward({rows, 4, 2}, norms, {dy, 4, 2}, {dx, 4, 2});
  const float gradient[] = {0.128f, -0.096f, 0, 0, 0, 0, 0, 1};  // (1 − .36)/5, −.48/5
  for (int i = 0; i < 8; ++i) CHECK(dx[i] == doctest::Approx(gradient[i]));
}

TEST_CASE("dropout keeps the stated share, scales the rest and depends on every part of a place") {
  const DropoutMask mask(5, 1, 0.25f);
  std::vector<float> row(1003, 1.0f);
  int dropped = 0, unlike_next_text = 0, unlike_next_step = 0, unlike_other_site = 0;
  int unlike_other_seed = 0, unlike_definition = 0;
  const DropoutMask site(5, 2, 0.25f), seed(6, 1, 0.25f);
  for (int n = 0; n < 40; ++n) {
    std::fill(row.begin(), row.end(), 1.0f);
    mask.apply(7, n, 1003, row.data());
    for (std::int64_t j = 0; j < 1003; ++j) {
      const float f = mask.factor(7, n, j);
      unlike_definition += f != row[static_cast<std::size_t>(j)];
      dropped += f == 0;
      unlike_next_text += f != mask.factor(7, n + 1, j);
      unlike_next_step += f != mask.factor(8, n, j);
      unlike_other_site += f != site.factor(7, n, j);
      unlike_other_seed += f != seed.factor(7, n, j);
    }
  }
  CHECK(unlike_definition == 0);
  // 40120 draws of p = 1/4: mean 10030, standard deviation 87; unlike: 2·p·(1−p) = 3/8, 15045 ± 97
  CHECK(std::abs(dropped - 10030) < 400);
  for (const int unlike :
       {unlike_next_text, unlike_next_step, unlike_other_site, unlike_other_seed})
    CHECK(std::abs(unlike - 15045) < 450);
  for (const float v : row) CHECK((v == 0.0f || v == doctest::Approx(4.0 / 3)));
}

TEST_CASE("dropout at rate 0 and without a seed keeps everything") {
  float row[] = {1, 2, 3};
  DropoutMask(1, 0, 0.0f).apply(0, 0, 3, row);
  DropoutMask().apply(0, 0, 3, row);
  CHECK(row[0] == 1.0f);
  CHECK(row[1] == 2.0f);
  CHECK(row[2] == 3.0f);
}

TEST_CASE("a token batch is time-major") {
  const Text a = {1, 2, 3}, b = {4};
  const TokenBatch batch = TokenBatch::from({&a, &b});
  CHECK(batch.steps == 3);
  CHECK(batch.texts == 2);
  CHECK(batch.lengths == std::vector<std::int32_t>{3, 1});
  CHECK(batch.ids[0] == 1);
  CHECK(batch.ids[1] == 4);
  CHECK(batch.ids[2] == 2);
  CHECK(batch.ids[4] == 3);
}
