#include <algorithm>

#include "loss/negatives.hpp"

namespace gemel::loss {

Quantiles quantiles(std::vector<float> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    const double position = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    const double rest = position - static_cast<double>(below);
    return static_cast<float>(double{values[below]} * (1 - rest) + double{values[above]} * rest);
  };
  return {values.front(), at(0.1), at(0.5), at(0.9), values.back()};
}

}  // namespace gemel::loss
