#include "nn/token_embedding.hpp"

#include <algorithm>
#include <cassert>

#include "nn/rows.hpp"

namespace gemel::nn {

template <class Real>
void embed_tokens(const float* table, std::int64_t width, const std::int32_t* ids,
                  const Ragged& batch, const DropoutMask& dropout, float* row, Directions<Real> x) {
  for (int t = 0; t < batch.steps; ++t)
    for (int n = 0; n < batch.texts; ++n) {
      const std::int64_t place = batch.row(t, n);
      Real* forward = x.forward + place * width;
      if (!batch.valid(t, n)) {
        std::fill_n(forward, width, Real{0});
        std::fill_n(x.backward + place * width, width, Real{0});
        continue;
      }
      const float* source = table + ids[place] * width;
      if (dropout) {
        std::copy_n(source, width, row);
        dropout.apply(t, n, width, row);
        source = row;
      }
      narrow_row(source, width, forward);
      std::copy_n(forward, width, x.backward + batch.mirrored(t, n) * width);
    }
}
template void embed_tokens<float>(const float*, std::int64_t, const std::int32_t*, const Ragged&,
                                  const DropoutMask&, float*, Directions<float>);
template void embed_tokens<Bf16>(const float*, std::int64_t, const std::int32_t*, const Ragged&,
                                 const DropoutMask&, float*, Directions<Bf16>);

void embed_tokens_backward(Directions<const float> dx, const std::int32_t* ids, const Ragged& batch,
                           const DropoutMask& dropout, float* row, int index,
                           GradientBlock& gradients) {
  const std::int64_t width = gradients.layout()[index].row_size();
  for (int t = 0; t < batch.steps; ++t)
    for (int n = 0; n < batch.texts; ++n) {
      if (!batch.valid(t, n)) continue;
      const std::int64_t place = batch.row(t, n);
      float* gradient = gradients.touch_row(index, ids[place]);
      const float* forward = dx.forward + place * width;
      const float* backward = dx.backward + batch.mirrored(t, n) * width;
      sum_row(forward, backward, width, row);
      dropout.apply(t, n, width, row);
      add_row(row, width, gradient);
    }
}

}  // namespace gemel::nn
