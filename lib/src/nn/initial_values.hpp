#pragma once
#include <cmath>
#include <cstdint>
#include <span>

#include "core/random.hpp"

/// Initial values of parameters.
namespace gemel::nn {

inline void fill_uniform(std::span<float> values, double limit, Random& random) {
  for (float& v : values) v = static_cast<float>(random.uniform(-limit, limit));
}

inline void fill_normal(std::span<float> values, double deviation, Random& random) {
  for (float& v : values) v = static_cast<float>(deviation * random.normal());
}

/// Limit of a uniform distribution of variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010).
inline double glorot(std::int64_t fan_in, std::int64_t fan_out) {
  return std::sqrt(6.0 / static_cast<double>(fan_in + fan_out));
}

}  // namespace gemel::nn
