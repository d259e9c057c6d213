#include "infer/engine/input_rows.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "core/simd.hpp"
#include "model/bf16.hpp"

namespace gemel::infer {
namespace {

constexpr int kUnits = 16;  // of every kernel that computes in bytes

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

GEMEL_SIMD_CLONES float largest(const float* x, std::int64_t count) {
  std::uint32_t found = 0;  // magnitudes are ordered as their bits are
  for (std::int64_t i = 0; i < count; ++i)
    found = std::max(found, std::bit_cast<std::uint32_t>(x[i]) & 0x7fffffffu);
  return std::bit_cast<float>(found);
}

GEMEL_SIMD_CLONES void scale(const float* __restrict x, float factor, std::int64_t count,
                             float* __restrict out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = x[i] * factor;
}

// [groups, 4, W] → [groups, 2, W, 2] as bf16; see StepArgs::input.
GEMEL_SIMD_CLONES void finish(const float* __restrict product, float factor,
                              const float* __restrict bias, std::int64_t groups,
                              std::uint32_t* __restrict out) {
  for (std::int64_t half = 0; half < 2 * groups; ++half)
    for (std::int64_t lane = 0; lane < kUnits; ++lane) {
      const std::int64_t even = half * 2 * kUnits + lane, odd = even + kUnits;
      const std::uint32_t low = bf16_from_f32(product[even] * factor + bias[even]);
      const std::uint32_t high = bf16_from_f32(product[odd] * factor + bias[odd]);
      out[half * kUnits + lane] = low | high << 16;
    }
}

// [I, 4, H] → [I, Hp/W, 4, W], the order of StepArgs::input before its halves are interleaved.
AlignedBuffer<float> by_groups(std::int64_t depth, std::int64_t hidden, std::int64_t width,
                               const float* weight) {
  AlignedBuffer<float> out(size(depth * 4 * width));
  for (std::int64_t k = 0; k < depth; ++k)
    for (std::int64_t gate = 0; gate < 4; ++gate)
      for (std::int64_t unit = 0; unit < hidden; ++unit)
        out[size(k * 4 * width + (unit / kUnits * 4 + gate) * kUnits + unit % kUnits)] =
            weight[(k * 4 + gate) * hidden + unit];
  return out;
}

}  // namespace

InputRows::InputRows(const Kernels& kernels, std::int64_t depth, std::int64_t hidden,
                     const float* weight_layer, const float* bias, bool bytes)
    : kernels_(&kernels), depth_(depth), groups_(padded(hidden, kernels.units) / kernels.units) {
  if (!bytes || !kernels.project_codes) {
    floats_ = pack_input(kernels, depth, hidden, weight_layer, bias);
    return;
  }
  const std::int64_t width = groups_ * kUnits;
  const auto weights = by_groups(depth, hidden, width, weight_layer);
  const auto biases = by_groups(1, hidden, width, bias);
  codes_ = pack_dense_codes(kernels, depth, 4 * width, weights.data(), biases.data());
  nothing_ = AlignedBuffer<float>(size(4 * width));
}

void InputRows::reserve(Scratch& scratch) const {
  if (!bytes()) return;
  const auto rows = static_cast<std::int64_t>(kAtOnce);
  scratch.scaled.reserve_discard(size(rows * depth_));
  scratch.product.reserve_discard(size(rows * groups_ * 4 * kUnits));
  scratch.codes.reserve_discard(size((rows + kRowPadding) * codes_.depth));
}

void InputRows::compute_codes(std::span<const float* const> x, std::span<void* const> out,
                              Scratch& scratch) const {
  std::array<float, kAtOnce> factors;
  std::array<const float*, kAtOnce> places;
  for (std::size_t i = 0; i < x.size(); ++i) {
    float* const to = scratch.scaled.data() + static_cast<std::int64_t>(i) * depth_;
    factors[i] = largest(x[i], depth_);
    scale(x[i], factors[i] > 0 ? 1 / factors[i] : 0, depth_, to);
    places[i] = to;
  }
  kernels_->project_codes({static_cast<std::int64_t>(x.size()), depth_, codes_.depth, groups_,
                           codes_.weights.data(), codes_.scale.data(), codes_.start.data(),
                           nothing_.data(), places.data(), scratch.codes.data(),
                           scratch.product.data()});
  for (std::size_t i = 0; i < x.size(); ++i)
    finish(scratch.product.data() + static_cast<std::int64_t>(i) * groups_ * 4 * kUnits, factors[i],
           codes_.bias.data(), groups_, static_cast<std::uint32_t*>(out[i]));
}

void InputRows::compute(std::span<const float* const> x, std::span<void* const> out,
                        Scratch& scratch) const noexcept {
  if (!bytes())
    return kernels_->project({static_cast<std::int64_t>(x.size()), depth_, groups_,
                              floats_.weights.data(), floats_.bias.data(), x.data(), out.data()});
  for (std::size_t first = 0; first < x.size(); first += kAtOnce) {
    const std::size_t count = std::min(kAtOnce, x.size() - first);
    compute_codes(x.subspan(first, count), out.subspan(first, count), scratch);
  }
}

}  // namespace gemel::infer
