#include "train/optimizer.hpp"

#include <cmath>

#include "core/simd.hpp"

namespace gemel::train {
namespace {

struct Rates {
  float beta1, beta2, epsilon, decay, rate, first_scale, second_scale, factor;
};

GEMEL_SIMD_CLONES
void update(float* __restrict p, float* __restrict m, float* __restrict v,
            const float* __restrict g, std::int64_t n, const Rates& r) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float slope = r.factor * g[i];
    m[i] = r.beta1 * m[i] + (1 - r.beta1) * slope;
    v[i] = r.beta2 * v[i] + (1 - r.beta2) * slope * slope;
    const float move = m[i] * r.first_scale / (std::sqrt(v[i] * r.second_scale) + r.epsilon);
    p[i] -= r.rate * (move + r.decay * p[i]);
  }
}

}  // namespace

Adam::Adam(const ParameterLayout& layout, const AdamOptions& options)
    : options_(options), first_(layout), second_(layout) {}

void Adam::step(ParameterBlock& values, const GradientBlock& gradients, float learning_rate,
                float factor) {
  ++steps_;
  const auto t = static_cast<double>(steps_);
  Rates rates{options_.beta1,
              options_.beta2,
              options_.epsilon,
              0,
              learning_rate,
              static_cast<float>(1 / (1 - std::pow(double{options_.beta1}, t))),
              static_cast<float>(1 / (1 - std::pow(double{options_.beta2}, t))),
              factor};
  const auto& all = values.layout().all();
  for (int index = 0; index < static_cast<int>(all.size()); ++index) {
    const ParameterInfo& info = all[static_cast<std::size_t>(index)];
    if (!factors_.empty()) rates.rate = learning_rate * factors_[static_cast<std::size_t>(index)];
    if (rates.rate == 0) continue;
    rates.decay = info.decay ? options_.weight_decay : 0.0f;
    const auto span = [&](std::int64_t offset, std::int64_t length) {
      update(values.data(index) + offset, first_.data(index) + offset, second_.data(index) + offset,
             gradients.data(index) + offset, length, rates);
    };
    if (!info.row_sparse) {
      span(0, info.size);
    } else {
      for (const std::int32_t row : gradients.touched_rows(index))
        span(row * info.row_size(), info.row_size());
    }
  }
}

void ScalarAdam::update(float& value, double gradient, float learning_rate, std::int64_t step,
                        const AdamOptions& o) {
  const double b1 = o.beta1, b2 = o.beta2, t = static_cast<double>(step);
  first = b1 * first + (1 - b1) * gradient;
  second = b2 * second + (1 - b2) * gradient * gradient;
  const double move = first / (1 - std::pow(b1, t)) /
                      (std::sqrt(second / (1 - std::pow(b2, t))) + double{o.epsilon});
  value -= static_cast<float>(double{learning_rate} * move);
}

}  // namespace gemel::train
