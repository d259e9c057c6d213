#include "core/parameters.hpp"

#include <algorithm>
#include <cassert>

#include "core/add_span.hpp"
#include "core/simd.hpp"

namespace gemel {

GEMEL_SIMD_CLONES
void add_span(const float* __restrict x, std::int64_t n, float* __restrict y) {
  for (std::int64_t k = 0; k < n; ++k) y[k] += x[k];
}

namespace {

// The square of a float is exact in double, so a fused multiply-add rounds as the two apart do.
GEMEL_SIMD_CLONES
double sum_of_squares(const float* x, std::int64_t n) {
  constexpr int kLanes = 32;  // independent sums, so that the loop vectorises
  double lanes[kLanes] = {};
  std::int64_t k = 0;
  for (; k + kLanes <= n; k += kLanes)
    for (int j = 0; j < kLanes; ++j) lanes[j] += double{x[k + j]} * double{x[k + j]};
  for (; k < n; ++k) lanes[0] += double{x[k]} * double{x[k]};
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

}  // namespace

int ParameterLayout::add(std::string name, std::vector<std::int64_t> shape, Traits traits) {
  assert(find(name) < 0 && !shape.empty());
  ParameterInfo info;
  info.size = 1;
  for (const std::int64_t extent : shape) {
    assert(extent > 0);
    info.size *= extent;
  }
  info.name = std::move(name);
  info.shape = std::move(shape);
  info.offset = block_size_;
  info.row_sparse = traits.row_sparse;
  info.decay = traits.decay;
  block_size_ += (info.size + 15) / 16 * 16;
  all_.push_back(std::move(info));
  return static_cast<int>(all_.size()) - 1;
}

int ParameterLayout::find(std::string_view name) const {
  const auto it = std::find_if(all_.begin(), all_.end(),
                               [&](const ParameterInfo& p) { return p.name == name; });
  return it == all_.end() ? -1 : static_cast<int>(it - all_.begin());
}

std::int64_t ParameterLayout::count() const {
  std::int64_t sum = 0;
  for (const ParameterInfo& p : all_) sum += p.size;
  return sum;
}

GradientBlock::GradientBlock(const ParameterLayout& layout)
    : ParameterBlock(layout), touched_(layout.all().size()) {
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    const ParameterInfo& p = layout.all()[i];
    if (p.row_sparse) touched_[i].seen.assign(static_cast<std::size_t>(p.rows()), 0);
  }
}

float* GradientBlock::touch_row(int index, std::int64_t row) {
  Touched& t = touched_[static_cast<std::size_t>(index)];
  assert(row >= 0 && row < layout()[index].rows() && layout()[index].row_sparse);
  if (!t.seen[static_cast<std::size_t>(row)]) {
    t.seen[static_cast<std::size_t>(row)] = 1;
    t.rows.push_back(static_cast<std::int32_t>(row));
  }
  return data(index) + row * layout()[index].row_size();
}

// Visits (offset, length) of every span that may hold a non-zero gradient.
template <class Visit>
void GradientBlock::for_each_live_span(Visit&& visit) const {
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    const ParameterInfo& p = layout().all()[i];
    if (!p.row_sparse) {
      visit(p.offset, p.size);
      continue;
    }
    for (const std::int32_t row : touched_[i].rows)
      visit(p.offset + row * p.row_size(), p.row_size());
  }
}

void GradientBlock::add(const GradientBlock& other) {
  for (std::size_t i = 0; i < touched_.size(); ++i)
    for (const std::int32_t row : other.touched_[i].rows) touch_row(static_cast<int>(i), row);
  float* mine = all().data();
  const float* theirs = other.all().data();
  other.for_each_live_span([&](std::int64_t offset, std::int64_t length) {
    add_span(theirs + offset, length, mine + offset);
  });
}

double GradientBlock::squared_norm() const {
  double sum = 0;
  const float* mine = all().data();
  for_each_live_span([&](std::int64_t offset, std::int64_t length) {
    sum += sum_of_squares(mine + offset, length);
  });
  return sum;
}

void GradientBlock::zero() {
  float* mine = all().data();
  for_each_live_span([&](std::int64_t offset, std::int64_t length) {
    std::fill(mine + offset, mine + offset + length, 0.0f);
  });
  for (Touched& t : touched_) {
    for (const std::int32_t row : t.rows) t.seen[static_cast<std::size_t>(row)] = 0;
    t.rows.clear();
  }
}

}  // namespace gemel
