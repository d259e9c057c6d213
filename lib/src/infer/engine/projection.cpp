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

std::int64_t Projection::pooled_bytes() const {
  return kernels_->project_codes ? codes_.depth : depth_ * static_cast<std::int64_t>(sizeof(float));
}

PooledRows Projection::place(PooledStates& states, std::int64_t texts) const {
  if (kernels_->project_codes) {
    states.codes.reserve_discard(size((texts + kRowPadding) * codes_.depth));
    return {{}, states.codes.data(), codes_.depth};
  }
  states.floats.reserve_discard(size(texts * depth_));
  states.rows.resize(size(texts));
  for (std::int64_t n = 0; n < texts; ++n) states.rows[size(n)] = states.floats.data() + n * depth_;
  return {states.rows};
}

void Projection::apply_codes(const PooledRows& pooled, std::int64_t first, std::int64_t rows,
                             Scratch& scratch) const {
  CodeArgs args{rows,
                depth_,
                codes_.depth,
                stride_ / (4 * kernels_->units),
                codes_.weights.data(),
                codes_.scale.data(),
                codes_.start.data(),
                codes_.bias.data(),
                nullptr,
                nullptr,
                scratch.out.data()};
  if (pooled.codes) {
    args.codes = pooled.codes + first * codes_.depth;
  } else {
    scratch.codes.reserve_discard(size((rows + kRowPadding) * codes_.depth));
    args.codes = scratch.codes.data();
    args.x = scratch.x.data();
  }
  kernels_->project_codes(args);
}

void Projection::apply_floats(std::int64_t rows, Scratch& scratch) const {
  scratch.to.resize(size(rows));
  for (std::int64_t n = 0; n < rows; ++n) scratch.to[size(n)] = scratch.out.data() + n * stride_;
  kernels_->project_f32({rows, floats_.depth, floats_.groups, floats_.weights.data(),
                         floats_.bias.data(), scratch.x.data(), scratch.to.data()});
}

void Projection::apply(const PooledRows& pooled, std::int64_t first, Scratch& scratch,
                       std::span<float* const> out) const {
  const auto rows = std::ssize(out);
  scratch.out.reserve_discard(size(rows * stride_));
  if (!pooled.codes) {
    const auto x = pooled.floats.subspan(size(first), out.size());
    scratch.x.assign(x.begin(), x.end());
  }
  if (kernels_->project_codes)
    apply_codes(pooled, first, rows, scratch);
  else
    apply_floats(rows, scratch);
  for (std::int64_t n = 0; n < rows; ++n)
    std::copy_n(scratch.out.data() + n * stride_, columns_, out[size(n)]);
}

}  // namespace gemel::infer
