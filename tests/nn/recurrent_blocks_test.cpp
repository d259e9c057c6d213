#include "nn/recurrent_blocks.hpp"

#include <doctest.h>

#include <algorithm>
#include <string>

#include "core/encoder_config.hpp"
#include "nn/towers.hpp"

using namespace gemel;
using namespace gemel::nn;

namespace {

using Blocks = std::vector<char>;

// H 20: five times four states by 16 and 4 units.
constexpr std::int64_t kHidden = 20;

struct Weights {
  ParameterLayout layout;
  ParameterBlock values;
  explicit Weights(const std::string& name = "lstm.0.forward.weight_iter")
      : layout(), values((layout.add(name, {kHidden, 4, kHidden}), layout)) {
    std::ranges::fill(values.values(0), 1.0f);
  }
  // Weight of a state, gate and unit.
  float& at(std::int64_t state, std::int64_t gate, std::int64_t unit) {
    return values.data(0)[(state * 4 + gate) * kHidden + unit];
  }
  Blocks zero() const { return zero_blocks(values.data(0), kHidden); }
  std::int64_t zeros() const { return std::ranges::count(values.values(0), 0.0f); }
};

}  // namespace

TEST_CASE("a block is zero when all its weights are") {
  Weights w;
  CHECK(w.zero() == Blocks(10, 0));
  clear_blocks(w.values.data(0), kHidden, {0, 1, 0, 0, 0, 0, 1, 0, 0, 0});
  CHECK(w.zero() == Blocks{0, 1, 0, 0, 0, 0, 1, 0, 0, 0});
  CHECK(w.zeros() == 4 * 4 * (4 + 16));
  // States 0 to 3 give nothing to units 16 to 19, states 12 to 15 nothing to units 0 to 15.
  for (const auto& [state, unit] : {std::pair(0, 16), {3, 19}, {12, 0}, {15, 15}}) {
    w.at(state, 2, unit) = 1e-30f;
    Blocks expected = {0, 1, 0, 0, 0, 0, 1, 0, 0, 0};
    expected[unit >= 16 ? 1 : 6] = 0;
    CHECK(w.zero() == expected);
    w.at(state, 2, unit) = 0;
  }
  w.at(0, 2, 15) = 0;
  CHECK(w.zero() == Blocks{0, 1, 0, 0, 0, 0, 1, 0, 0, 0});
}

TEST_CASE("pruning takes the blocks of smallest norm, zeros first") {
  Weights w;
  clear_blocks(w.values.data(0), kHidden, {0, 0, 0, 0, 1, 0, 0, 0, 0, 0});
  for (std::int64_t state = 8; state < 12; ++state) w.at(state, 1, 17) = 0.5f;
  w.at(9, 0, 19) = -3;  // block 5 outweighs 7 by this
  for (std::int64_t unit = 0; unit < 16; ++unit) w.at(16, 3, unit) = 0.5f;  // block 8
  for (const auto& [share, zero] : {std::pair(0.0, Blocks{0, 0, 0, 0, 1, 0, 0, 0, 0, 0}),
                                    {0.14, Blocks{0, 0, 0, 0, 1, 0, 0, 0, 0, 0}},
                                    {0.2, Blocks{0, 1, 0, 0, 1, 0, 0, 0, 0, 0}},
                                    {0.5, Blocks{0, 1, 0, 1, 1, 0, 0, 1, 0, 1}},
                                    {0.6, Blocks{0, 1, 0, 1, 1, 1, 0, 1, 0, 1}},
                                    {0.7, Blocks{0, 1, 0, 1, 1, 1, 0, 1, 1, 1}},
                                    {1.0, Blocks(10, 1)}}) {
    CAPTURE(share);
    prune_blocks(w.values, share);
    CHECK(w.zero() == zero);
  }
}

TEST_CASE("only recurrent weights of LSTMs have blocks") {
  for (const char* name : {"lstm.0.forward.weight_layer", "lstm.0.forward.weight_iter.extra"}) {
    Weights w(name);
    prune_blocks(w.values, 1);
    CHECK(w.zeros() == 0);
    CHECK(ZeroBlocks(w.values).all() == 0);
  }
  ModelConfig model;
  model.towers[0].encoder.vocabulary_size = 9;
  model.towers[0].encoder.hidden_size = 20;
  for (const auto& [kind, layers, blocks] : {std::tuple(EncoderKind::lstm, 2, 4 * 10),
                                             {EncoderKind::gru, 1, 0},
                                             {EncoderKind::average, 1, 0}}) {
    model.towers[0].encoder.kind = kind;
    model.towers[0].encoder.layers = layers;
    const Towers towers(model, Precision::f32);
    ParameterBlock values(towers.layout());
    CHECK(ZeroBlocks(values).all() == blocks);
    CHECK(ZeroBlocks(values).count() == blocks);
  }
}

TEST_CASE("zero blocks of one block of parameters cleared in another") {
  Weights w, gradient;
  clear_blocks(w.values.data(0), kHidden, {0, 0, 1, 0, 0, 0, 0, 0, 0, 0});
  const ZeroBlocks zeros(w.values);
  CHECK(zeros.count() == 1);
  CHECK(zeros.all() == 10);
  zeros.clear(gradient.values);
  CHECK(gradient.zero() == w.zero());
  CHECK(gradient.zeros() == 4 * 4 * 16);
  ZeroBlocks().clear(gradient.values);
  CHECK(gradient.zeros() == 4 * 4 * 16);
}
