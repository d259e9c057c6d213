#include "infer/engine/packing.hpp"

#include <algorithm>
#include <cmath>

#include "model/bf16.hpp"

namespace gemel::infer {
namespace {

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

// Calls visit(k, place of (k, gate, unit), weight) for all weights; `together` consecutive k of a
// unit stand side by side.
template <class Visit>
void for_each_weight(const Kernels& kernels, std::int64_t hidden, const float* weight_iter,
                     std::int64_t gate, std::int64_t unit, std::int64_t together, Visit&& visit) {
  const std::int64_t units = kernels.units, width = padded(hidden, kernels.units);
  const std::int64_t group = unit / units, lane = unit % units;
  for (std::int64_t k = 0; k < hidden; ++k)
    visit(((group * (width / together) + k / together) * 4 + gate) * units * together +
              lane * together + k % together,
          weight_iter[(k * 4 + gate) * hidden + unit]);
}

template <class Stored, class Convert>
AlignedBuffer<std::byte> pack_as(const Kernels& kernels, std::int64_t hidden,
                                 const float* weight_iter, std::int64_t together,
                                 Convert&& convert) {
  const std::int64_t width = padded(hidden, kernels.units);
  AlignedBuffer<std::byte> bytes(size(width * width * 4) * sizeof(Stored));
  Stored* const out = reinterpret_cast<Stored*>(bytes.data());
  for (std::int64_t gate = 0; gate < 4; ++gate)
    for (std::int64_t unit = 0; unit < hidden; ++unit)
      for_each_weight(kernels, hidden, weight_iter, gate, unit, together,
                      [&](std::int64_t at, float w) { out[at] = convert(w, gate, unit); });
  return bytes;
}

// One scale a gate and unit, so that its largest weight is code 127.
RecurrentWeights pack_int8(const Kernels& kernels, std::int64_t hidden, const float* weight_iter) {
  const std::int64_t units = kernels.units, width = padded(hidden, kernels.units);
  RecurrentWeights packed;
  packed.scale = AlignedBuffer<float>(size(width * 4));
  packed.start = AlignedBuffer<std::int32_t>(size(width * 4));
  const auto place = [&](std::int64_t gate, std::int64_t unit) {
    return size((unit / units * 4 + gate) * units + unit % units);
  };
  AlignedBuffer<float> step(size(width * 4));  // what code 1 stands for
  for (std::int64_t k = 0; k < hidden; ++k)
    for (std::int64_t gate = 0; gate < 4; ++gate)
      for (std::int64_t unit = 0; unit < hidden; ++unit) {
        float& s = step[place(gate, unit)];
        s = std::max(s, std::abs(weight_iter[(k * 4 + gate) * hidden + unit]) / 127);
      }
  packed.weights = pack_as<std::int8_t>(
      kernels, hidden, weight_iter, 4, [&](float w, std::int64_t gate, std::int64_t unit) {
        const std::size_t at = place(gate, unit);
        const long code = step[at] > 0 ? std::lround(w / step[at]) : 0;
        packed.start[at] -= 128 * static_cast<std::int32_t>(code);
        return static_cast<std::int8_t>(code);
      });
  for (std::size_t i = 0; i < step.size(); ++i) packed.scale[i] = step[i] / 127;
  return packed;
}

}  // namespace

RecurrentWeights pack_recurrent(const Kernels& kernels, std::int64_t hidden,
                                const float* weight_iter) {
  RecurrentWeights packed;
  switch (kernels.precision) {
    case Precision::f32:
      packed.weights = pack_as<float>(kernels, hidden, weight_iter, 1,
                                      [](float w, std::int64_t, std::int64_t) { return w; });
      break;
    case Precision::bf16:
      packed.weights = pack_as<std::uint16_t>(
          kernels, hidden, weight_iter, 2,
          [](float w, std::int64_t, std::int64_t) { return bf16_from_f32(w); });
      break;
    case Precision::int8:
      return pack_int8(kernels, hidden, weight_iter);
  }
  return packed;
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
  constexpr std::int64_t kTogether = 4, kDepth = 64;
  const std::int64_t block = 4 * kernels.units;
  DenseCodes packed;
  packed.depth = (depth + kDepth - 1) / kDepth * kDepth;
  const std::size_t padded_columns = size((columns + block - 1) / block * block);
  packed.weights = AlignedBuffer<std::int8_t>(padded_columns * size(packed.depth));
  packed.scale = AlignedBuffer<float>(padded_columns);
  packed.bias = AlignedBuffer<float>(padded_columns);
  packed.start = AlignedBuffer<std::int32_t>(padded_columns);
  for (std::int64_t c = 0; c < columns; ++c) {
    float largest = 0;
    for (std::int64_t k = 0; k < depth; ++k)
      largest = std::max(largest, std::abs(weight[k * columns + c]));
    packed.scale[size(c)] = largest / (127 * 127);
    packed.bias[size(c)] = bias[c];
    for (std::int64_t k = 0; k < depth && largest > 0; ++k) {
      const auto code =
          static_cast<std::int32_t>(std::lround(weight[k * columns + c] / largest * 127));
      packed.weights[size(((c / block * packed.depth + k) / kTogether * block + c % block) *
                              kTogether +
                          k % kTogether)] = static_cast<std::int8_t>(code);
      packed.start[size(c)] -= 128 * code;
    }
  }
  return packed;
}

}  // namespace gemel::infer
