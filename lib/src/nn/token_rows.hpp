#pragma once
#include <algorithm>
#include <cstdint>

#include "core/parameters.hpp"
#include "nn/dropout.hpp"
#include "nn/ragged.hpp"
#include "nn/rows.hpp"

/// Token embeddings in f32 and in text order, for kinds that read in one order only. place(t, n)
/// says which row of x belongs to step t of text n; only valid steps are visited.
namespace gemel::nn {

template <class Visit>
void for_each_step(const Ragged& batch, Visit&& visit) {
  for (int t = 0; t < batch.steps; ++t)
    for (int n = 0; n < batch.texts; ++n)
      if (batch.valid(t, n)) visit(t, n);
}

/// x[place(t, n)] = dropout(table[id]); table: [V, E]; x: rows of E. Other rows are left alone.
template <class Place>
void embed_rows(const float* table, std::int64_t width, const std::int32_t* ids,
                const Ragged& batch, const DropoutMask& dropout, Place place, float* x) {
  for_each_step(batch, [&](int t, int n) {
    float* row = x + place(t, n) * width;
    std::copy_n(table + ids[batch.row(t, n)] * width, width, row);
    dropout.apply(t, n, width, row);
  });
}

/// Adds each token's gradient to parameter `index`. dx: as x; its valid rows are used up.
template <class Place>
void embed_rows_backward(float* dx, const std::int32_t* ids, const Ragged& batch,
                         const DropoutMask& dropout, Place place, int index,
                         GradientBlock& gradients) {
  const std::int64_t width = gradients.layout()[index].row_size();
  for_each_step(batch, [&](int t, int n) {
    float* row = dx + place(t, n) * width;
    dropout.apply(t, n, width, row);
    add_row(row, width, gradients.touch_row(index, ids[batch.row(t, n)]));
  });
}

}  // namespace gemel::nn
