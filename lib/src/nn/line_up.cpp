#include "nn/line_up.hpp"

#include <algorithm>

#include "nn/rows.hpp"

namespace gemel::nn {

template <class Real>
void line_up(const Ragged& batch, std::int64_t width, Directions<const Real> y, float* states) {
  const std::int64_t hidden = y.backward ? width / 2 : width;
  for (int t = 0; t < batch.steps; ++t)
    for (int n = 0; n < batch.texts; ++n) {
      float* row = states + batch.row(t, n) * width;
      if (!batch.valid(t, n)) {
        std::fill_n(row, width, 0.0f);
        continue;
      }
      widen_row(y.forward + batch.row(t, n) * hidden, hidden, row);
      if (y.backward) widen_row(y.backward + batch.mirrored(t, n) * hidden, hidden, row + hidden);
    }
}
template void line_up<float>(const Ragged&, std::int64_t, Directions<const float>, float*);
template void line_up<Bf16>(const Ragged&, std::int64_t, Directions<const Bf16>, float*);

void take_apart(const Ragged& batch, std::int64_t width, const float* states, Directions<float> y) {
  const std::int64_t hidden = y.backward ? width / 2 : width;
  for (int t = 0; t < batch.steps; ++t)
    for (int n = 0; n < batch.texts; ++n) {
      const bool valid = batch.valid(t, n);
      const std::int64_t place = batch.row(t, n), mirrored = valid ? batch.mirrored(t, n) : place;
      const float* row = states + place * width;
      if (valid) {
        std::copy_n(row, hidden, y.forward + place * hidden);
        if (y.backward) std::copy_n(row + hidden, hidden, y.backward + mirrored * hidden);
      } else {
        std::fill_n(y.forward + place * hidden, hidden, 0.0f);
        if (y.backward) std::fill_n(y.backward + place * hidden, hidden, 0.0f);
      }
    }
}

}  // namespace gemel::nn
