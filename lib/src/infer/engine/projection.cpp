#include "infer/engine/projection.hpp"

#include <algorithm>

namespace gemel::infer {
namespace {

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

}  // namespace

Projection::Projection(const Kernels& kernels, std::int64_t depth, std::int64_t columns,
                       const float* weight, const float* bias)
    : kernels_(&kernels),
      depth_(depth),
      columns_(columns),
      stride_(padded(columns, 4 * kernels.units)) {
  if (kernels.project_codes)
    codes_ = pack_dense_codes(kernels, depth, columns, weight, bias);
  else
    floats_ = pack_dense(kernels, depth, columns, weight, bias);
}

void Projection::apply_codes(std::span<float* const> pooled, Scratch& scratch) const {
  const auto rows = static_cast<std::int64_t>(pooled.size());
  scratch.codes.reserve_discard(size((rows + kRowPadding) * codes_.depth));
  scratch.x.assign(pooled.begin(), pooled.end());
  kernels_->project_codes({rows, depth_, codes_.depth, stride_ / (4 * kernels_->units),
                           codes_.weights.data(), codes_.scale.data(), codes_.start.data(),
                           codes_.bias.data(), scratch.x.data(), scratch.codes.data(),
                           scratch.out.data()});
}

void Projection::apply_floats(std::span<float* const> pooled, Scratch& scratch) const {
  scratch.x.assign(pooled.begin(), pooled.end());
  scratch.to.resize(pooled.size());
  for (std::size_t n = 0; n < pooled.size(); ++n)
    scratch.to[n] = scratch.out.data() + static_cast<std::int64_t>(n) * stride_;
  kernels_->project_f32({static_cast<std::int64_t>(pooled.size()), floats_.depth, floats_.groups,
                         floats_.weights.data(), floats_.bias.data(), scratch.x.data(),
                         scratch.to.data()});
}

void Projection::apply(std::span<float* const> pooled, Scratch& scratch,
                       std::span<float* const> out) const {
  scratch.out.reserve_discard(pooled.size() * size(stride_));
  if (kernels_->project_codes)
    apply_codes(pooled, scratch);
  else
    apply_floats(pooled, scratch);
  for (std::size_t n = 0; n < out.size(); ++n)
    std::copy_n(scratch.out.data() + static_cast<std::int64_t>(n) * stride_, columns_, out[n]);
}

}  // namespace gemel::infer
