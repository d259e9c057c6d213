#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "core/parameters.hpp"

namespace gemel::train {

struct AdamOptions {
  float beta1 = 0.9f, beta2 = 0.999f;
  float epsilon = 1e-8f;
  float weight_decay = 0.01f;
};

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019), f32, bias-corrected:
///   m ← β1·m + (1−β1)·g, v ← β2·v + (1−β2)·g², p ← p − lr·(m̂/(√v̂ + ε) + decay·p).
/// Rows of row-sparse parameters that a step did not touch keep their value and moments (the lazy
/// variant), so that a step's cost does not grow with the vocabulary. Not thread-safe.
class Adam {
 public:
  Adam(const ParameterLayout&, const AdamOptions&);
  /// @param factor of every gradient, as clipping asks
  void step(ParameterBlock& values, const GradientBlock& gradients, float learning_rate,
            float factor = 1);

  std::int64_t steps() const { return steps_; }
  ParameterBlock& first_moment() { return first_; }
  ParameterBlock& second_moment() { return second_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }
  /// Factors of the learning rate, one a parameter; 0 leaves a parameter as it is. Empty: all 1.
  void set_rate_factors(std::vector<float> factors) { factors_ = std::move(factors); }

 private:
  AdamOptions options_;
  ParameterBlock first_, second_;
  std::vector<float> factors_;  // [parameters] or empty
  std::int64_t steps_ = 0;
};

/// The same rule for one number (w and b of the pair loss), without decay.
struct ScalarAdam {
  double first = 0, second = 0;
  /// @param step 1 for the first step
  void update(float& value, double gradient, float learning_rate, std::int64_t step,
              const AdamOptions&);
};

}  // namespace gemel::train
