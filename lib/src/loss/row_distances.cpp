#include "loss/row_distances.hpp"

#include <cassert>

namespace gemel::loss {

RowDistances::RowDistances(Metric metric, ConstMatrixView embeddings, MatrixView gradient)
    : metric_(metric), embeddings_(embeddings), gradient_(gradient) {
  assert(!gradient.data || (gradient.rows == embeddings.rows && gradient.cols == embeddings.cols));
  if (metric != Metric::cosine) return;
  norms_.resize(static_cast<std::size_t>(embeddings.rows));
  for (std::int64_t r = 0; r < embeddings.rows; ++r)
    norms_[static_cast<std::size_t>(r)] =
        inner_product(embeddings.row(r), embeddings.row(r), embeddings.cols);
}

RowDistances::Value RowDistances::forward(std::int32_t a, std::int32_t b) const {
  const float *u = embeddings_.row(a), *v = embeddings_.row(b);
  if (metric_ != Metric::cosine) return {distance(metric_, u, v, embeddings_.cols), 0};
  const float uv = inner_product(u, v, embeddings_.cols);
  return {cosine_distance(uv, norm(a), norm(b)), uv};
}

void RowDistances::backward(std::int32_t a, std::int32_t b, const Value& value, float dd) const {
  if (!gradient_.data || a == b) return;
  const float *u = embeddings_.row(a), *v = embeddings_.row(b);
  float *du = gradient_.row(a), *dv = gradient_.row(b);
  if (metric_ == Metric::cosine)
    cosine_backward(u, v, embeddings_.cols, value.uv, norm(a), norm(b), dd, du, dv);
  else
    distance_backward(metric_, u, v, embeddings_.cols, value.d, dd, du, dv);
}

double largest_margin(Metric metric) {
  return metric == Metric::cosine ? 2 : metric == Metric::exp_manhattan ? 1 : 1e6;
}

}  // namespace gemel::loss
