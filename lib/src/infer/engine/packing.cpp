#include "infer/engine/packing.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/simd.hpp"
#include "model/bf16.hpp"
#include "nn/recurrent_blocks.hpp"

namespace gemel::infer {
namespace {

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

constexpr std::int64_t kFour = 4;                                       // states of a block
static_assert(nn::kBlockStates == kFour && nn::kBlockUnits % 16 == 0);  // what pruning leaves out

// Where each block of four states by a group's units stands, -1 for those that are left out.
struct BlockPlaces {
  std::int64_t fours;                // Hp / 4
  std::vector<std::int32_t> places;  // [Hp/W, Hp / 4]
  std::int64_t count = 0;

  std::int64_t operator()(std::int64_t group, std::int64_t four) const {
    return places[size(group * fours + four)];
  }
};

// Finds those that have a weight, or all, and lists them.
BlockPlaces place_blocks(const Kernels& kernels, std::int64_t hidden, const float* weight_iter,
                         RecurrentWeights& packed) {
  const std::int64_t units = kernels.units, width = padded(hidden, kernels.units),
                     groups = width / units;
  BlockPlaces blocks{width / kFour, {}, 0};
  blocks.places.assign(size(groups * blocks.fours), kernels.skips_zeros ? -1 : 0);
  for (std::int64_t row = 0; row < 4 * hidden; ++row)
    for (std::int64_t group = 0; group < groups; ++group) {
      const float* const from = weight_iter + row * hidden + group * units;
      const std::int64_t count = std::min(units, hidden - group * units);
      std::int32_t& place = blocks.places[size(group * blocks.fours + row / (4 * kFour))];
      if (place < 0 && std::any_of(from, from + count, [](float w) { return w != 0; })) place = 0;
    }
  for (std::int64_t group = 0; group < groups; ++group) {
    packed.blocks_begin.push_back(static_cast<std::int32_t>(blocks.count));
    for (std::int64_t four = 0; four < blocks.fours; ++four) {
      std::int32_t& place = blocks.places[size(group * blocks.fours + four)];
      if (place < 0) continue;
      place = static_cast<std::int32_t>(blocks.count++);
      packed.blocks.push_back(static_cast<std::uint16_t>(four));
    }
  }
  packed.blocks_begin.push_back(static_cast<std::int32_t>(blocks.count));
  return blocks;
}

// Blocks [4 / together, 4, W, together]: `together` consecutive k of a unit stand side by side.
template <class Stored, class Convert>
RecurrentWeights pack_as(const Kernels& kernels, std::int64_t hidden, const float* weight_iter,
                         std::int64_t together, Convert&& convert) {
  const std::int64_t units = kernels.units;
  RecurrentWeights packed;
  const BlockPlaces blocks = place_blocks(kernels, hidden, weight_iter, packed);
  packed.weights =
      AlignedBuffer<std::byte>(size(blocks.count * kFour * 4 * units) * sizeof(Stored));
  Stored* const out = reinterpret_cast<Stored*>(packed.weights.data());
  for (std::int64_t k = 0; k < hidden; ++k)
    for (std::int64_t unit = 0; unit < hidden; ++unit) {
      const std::int64_t place = blocks(unit / units, k / kFour);
      if (place < 0) continue;
      Stored* const block = out + place * kFour * 4 * units;
      for (std::int64_t gate = 0; gate < 4; ++gate)
        block[((k % kFour / together * 4 + gate) * units + unit % units) * together +
              k % together] = convert(weight_iter[(k * 4 + gate) * hidden + unit]);
    }
  return packed;
}

// largest[c] = max(largest[c], |row[c]|)
GEMEL_SIMD_CLONES
void raise_to(const float* __restrict row, std::int64_t columns, float* __restrict largest) {
  for (std::int64_t c = 0; c < columns; ++c) {
    const float magnitude = std::abs(row[c]);
    largest[c] = magnitude > largest[c] ? magnitude : largest[c];
  }
}

AlignedBuffer<float> largest_of_columns(const float* matrix, std::int64_t rows,
                                        std::int64_t columns) {
  AlignedBuffer<float> largest(size(columns));
  for (std::int64_t k = 0; k < rows; ++k) raise_to(matrix + k * columns, columns, largest.data());
  return largest;
}

// Codes of a row, row / divisor · factor to the nearest integer, ties away from 0, each into the
// byte of words[c] that `shift` bits lie below; and start[c] −= 128 · code. A double holds every
// such sum exactly, so that truncation rounds as std::lround does, without a call for each weight.
GEMEL_SIMD_CLONES
void add_codes(const float* __restrict row, const float* __restrict divisor, float factor,
               int shift, std::int64_t columns, std::uint32_t* __restrict words,
               std::int32_t* __restrict start) {
  for (std::int64_t c = 0; c < columns; ++c) {
    const double value = double{row[c] / divisor[c] * factor};
    const auto code = static_cast<std::int32_t>(value + std::copysign(0.5, value));
    words[c] |= (static_cast<std::uint32_t>(code) & 0xffu) << shift;
    start[c] -= 128 * code;
  }
}

// Calls put(k / 4, words) with the codes of rows k to k + 3 of each column side by side.
// divisor: [columns], 0 for columns of zeros alone
template <class Put>
void for_each_four_codes(const float* matrix, std::int64_t rows, std::int64_t columns,
                         AlignedBuffer<float> divisor, float factor, std::int32_t* start,
                         Put&& put) {
  for (float& d : divisor.span())
    if (!(d > 0)) d = 1;
  AlignedBuffer<std::uint32_t> words(size(columns));
  for (std::int64_t k = 0; k < rows; k += 4) {
    std::fill_n(words.data(), columns, 0u);
    for (std::int64_t i = k; i < std::min(k + 4, rows); ++i)
      add_codes(matrix + i * columns, divisor.data(), factor, static_cast<int>(8 * (i - k)),
                columns, words.data(), start);
    put(k / 4, words.data());
  }
}

// One scale a gate and unit, so that its largest weight is code 127.
RecurrentWeights pack_int8(const Kernels& kernels, std::int64_t hidden, const float* weight_iter) {
  const std::int64_t units = kernels.units, width = padded(hidden, kernels.units);
  RecurrentWeights packed;
  const BlockPlaces blocks = place_blocks(kernels, hidden, weight_iter, packed);
  packed.weights = AlignedBuffer<std::byte>(size(blocks.count * kFour * 4 * units));
  packed.scale = AlignedBuffer<float>(size(width * 4));
  packed.start = AlignedBuffer<std::int32_t>(size(width * 4));
  AlignedBuffer<float> step = largest_of_columns(weight_iter, hidden, 4 * hidden);  // of code 1
  for (float& s : step.span()) s /= 127;
  // Units of a group stay side by side: visit(first column, group, gate, units).
  const auto for_each_run = [&](auto&& visit) {
    for (std::int64_t gate = 0; gate < 4; ++gate)
      for (std::int64_t unit = 0; unit < hidden; unit += units)
        visit(gate * hidden + unit, unit / units, gate, std::min(units, hidden - unit));
  };
  AlignedBuffer<std::int32_t> start(size(4 * hidden));
  AlignedBuffer<float> scale(size(4 * hidden));
  for (std::size_t c = 0; c < scale.size(); ++c) scale[c] = step[c] / 127;
  auto* const out = reinterpret_cast<std::uint32_t*>(packed.weights.data());
  for_each_four_codes(weight_iter, hidden, 4 * hidden, std::move(step), 1, start.data(),
                      [&](std::int64_t four, const std::uint32_t* words) {
                        for_each_run([&](std::int64_t from, std::int64_t group, std::int64_t gate,
                                         std::int64_t count) {
                          const std::int64_t place = blocks(group, four);
                          if (place >= 0)
                            std::copy_n(words + from, count, out + (place * 4 + gate) * units);
                        });
                      });
  for_each_run([&](std::int64_t from, std::int64_t group, std::int64_t gate, std::int64_t count) {
    std::copy_n(start.data() + from, count, packed.start.data() + (group * 4 + gate) * units);
    std::copy_n(scale.data() + from, count, packed.scale.data() + (group * 4 + gate) * units);
  });
  return packed;
}

}  // namespace

RecurrentWeights pack_recurrent(const Kernels& kernels, std::int64_t hidden,
                                const float* weight_iter) {
  switch (kernels.precision) {
    case Precision::f32:
      return pack_as<float>(kernels, hidden, weight_iter, 1, [](float w) { return w; });
    case Precision::bf16:
      return pack_as<std::uint16_t>(kernels, hidden, weight_iter, 2, bf16_from_f32);
    case Precision::int8:
      return pack_int8(kernels, hidden, weight_iter);
  }
  return {};
}

InputWeights pack_input(const Kernels& kernels, std::int64_t depth, std::int64_t hidden,
                        const float* weight_layer, const float* bias) {
  const std::int64_t units = kernels.units;
  InputWeights packed;
  packed.depth = depth;
  packed.groups = padded(hidden, kernels.units) / units;
  packed.weights = AlignedBuffer<float>(size(packed.groups * depth * 4 * units));
  packed.bias = AlignedBuffer<float>(size(packed.groups * 4 * units));
  for (std::int64_t gate = 0; gate < 4; ++gate)
    for (std::int64_t unit = 0; unit < hidden; ++unit) {
      const std::int64_t group = unit / units, lane = gate * units + unit % units;
      packed.bias[size(group * 4 * units + lane)] = bias[gate * hidden + unit];
      for (std::int64_t k = 0; k < depth; ++k)
        packed.weights[size((group * depth + k) * 4 * units + lane)] =
            weight_layer[(k * 4 + gate) * hidden + unit];
    }
  return packed;
}

InputWeights pack_dense(const Kernels& kernels, std::int64_t depth, std::int64_t columns,
                        const float* weight, const float* bias) {
  const std::int64_t block = 4 * kernels.units;
  InputWeights packed;
  packed.depth = depth;
  packed.groups = (columns + block - 1) / block;
  packed.weights = AlignedBuffer<float>(size(packed.groups * depth * block));
  packed.bias = AlignedBuffer<float>(size(packed.groups * block));
  std::copy_n(bias, columns, packed.bias.data());
  for (std::int64_t k = 0; k < depth; ++k)
    for (std::int64_t c = 0; c < columns; ++c)
      packed.weights[size((c / block * depth + k) * block + c % block)] = weight[k * columns + c];
  return packed;
}

DenseCodes pack_dense_codes(const Kernels& kernels, std::int64_t depth, std::int64_t columns,
                            const float* weight, const float* bias) {
  constexpr std::int64_t kDepth = 64;
  const std::int64_t block = 4 * kernels.units;
  DenseCodes packed;
  packed.depth = (depth + kDepth - 1) / kDepth * kDepth;
  const std::size_t padded_columns = size((columns + block - 1) / block * block);
  packed.weights = AlignedBuffer<std::int8_t>(padded_columns * size(packed.depth));
  packed.scale = AlignedBuffer<float>(padded_columns);
  packed.bias = AlignedBuffer<float>(padded_columns);
  packed.start = AlignedBuffer<std::int32_t>(padded_columns);
  std::copy_n(bias, columns, packed.bias.data());
  AlignedBuffer<float> largest = largest_of_columns(weight, depth, columns);
  for (std::size_t c = 0; c < largest.size(); ++c) packed.scale[c] = largest[c] / (127 * 127);
  auto* const out = reinterpret_cast<std::uint32_t*>(packed.weights.data());
  for_each_four_codes(weight, depth, columns, std::move(largest), 127, packed.start.data(),
                      [&](std::int64_t four, const std::uint32_t* words) {
                        for (std::int64_t c = 0; c < columns; c += block)
                          std::copy_n(words + c, std::min(block, columns - c),
                                      out + (c / block * (packed.depth / 4) + four) * block);
                      });
  return packed;
}

}  // namespace gemel::infer
