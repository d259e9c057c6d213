#include "loss/distillation_loss.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <vector>

#include "core/check.hpp"
#include "core/simd.hpp"
#include "loss/distance_gradient.hpp"
#include "loss/products.hpp"
#include "loss/unit_rows.hpp"

namespace gemel::loss {
namespace {

constexpr std::array<std::string_view, 3> kKinds = {"mse", "cosine", "relation"};
constexpr std::int64_t kBlock = 128;  // rows of the relation's matrices held at a time

// The rows that have a teacher.
struct Taught {
  std::vector<std::int64_t> rows;  // [n]
  std::vector<double> weights;     // [n]
  double total = 0;
};

// du += s·(u − t). All [n].
GEMEL_SIMD_CLONES
void add_difference(const float* u, const float* t, std::int64_t n, float s, float* du) {
  for (std::int64_t i = 0; i < n; ++i) du[i] += s * (u[i] - t[i]);
}

double mse(const Taught& taught, ConstMatrixView student, ConstMatrixView teacher,
           MatrixView gradient) {
  const auto width = static_cast<double>(student.cols);
  double loss = 0;
  for (std::size_t i = 0; i < taught.rows.size(); ++i) {
    const std::int64_t r = taught.rows[i];
    const float *u = student.row(r), *t = teacher.row(r);
    const double share = taught.weights[i] / taught.total / width;
    const auto d = double{distance(Metric::euclidean, u, t, student.cols)};
    loss += share * d * d;
    if (gradient.data)
      add_difference(u, t, student.cols, static_cast<float>(2 * share), gradient.row(r));
  }
  return loss;
}

double cosine(const Taught& taught, ConstMatrixView student, ConstMatrixView teacher,
              MatrixView gradient) {
  const std::int64_t width = student.cols;
  std::vector<float> unused(static_cast<std::size_t>(width));  // the teacher's gradient
  double loss = 0;
  for (std::size_t i = 0; i < taught.rows.size(); ++i) {
    const std::int64_t r = taught.rows[i];
    const float *u = student.row(r), *t = teacher.row(r);
    const float ut = inner_product(u, t, width), uu = inner_product(u, u, width),
                tt = inner_product(t, t, width);
    const double share = taught.weights[i] / taught.total;
    loss += share * double{cosine_distance(ut, uu, tt)};
    if (gradient.data)
      cosine_backward(u, t, width, ut, uu, tt, static_cast<float>(share), gradient.row(r),
                      unused.data());
  }
  return loss;
}

UnitRows gather(ConstMatrixView from, const std::vector<std::int64_t>& rows) {
  std::vector<float> copy(rows.size() * static_cast<std::size_t>(from.cols));  // [n, D]
  const MatrixView to(copy.data(), static_cast<std::int64_t>(rows.size()), from.cols);
  for (std::int64_t i = 0; i < to.rows; ++i)
    std::copy_n(from.row(rows[static_cast<std::size_t>(i)]), from.cols, to.row(i));
  return UnitRows(to);
}

// Cosines of rows [first, first + count) to all rows: [count, n].
std::vector<float> cosines(const UnitRows& unit, std::int64_t first, std::int64_t count) {
  const ConstMatrixView all = unit.view();
  std::vector<float> result(static_cast<std::size_t>(count * all.rows));
  add_product(ConstMatrixView(all.row(first), count, all.cols), Operand(all).transposed(),
              {result.data(), count, all.rows});
  return result;
}

// Each pair is met from both its rows, so each row's slope is complete within its block.
double relation(const Taught& taught, ConstMatrixView student, ConstMatrixView teacher,
                MatrixView gradient) {
  double squares = 0;
  for (const double w : taught.weights) squares += w * w;
  const double pairs = (taught.total * taught.total - squares) / 2;  // Σ_{i<j} w_i·w_j
  const auto n = static_cast<std::int64_t>(taught.rows.size());
  if (n < 2 || !(pairs > 0)) return 0;

  const UnitRows u = gather(student, taught.rows), t = gather(teacher, taught.rows);
  double loss = 0;
  for (std::int64_t first = 0; first < n; first += kBlock) {
    const std::int64_t count = std::min(kBlock, n - first);
    std::vector<float> slopes = cosines(u, first, count);  // [count, n], cosines until then
    const std::vector<float> wanted = cosines(t, first, count);
    for (std::int64_t i = 0; i < count; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        float& slope = slopes[static_cast<std::size_t>(i * n + j)];
        const double error = double{slope} - double{wanted[static_cast<std::size_t>(i * n + j)]};
        const double share = first + i == j
                                 ? 0
                                 : taught.weights[static_cast<std::size_t>(first + i)] *
                                       taught.weights[static_cast<std::size_t>(j)] / pairs;
        loss += share * error * error / 2;
        slope = static_cast<float>(2 * share * error);
      }
    if (!gradient.data) continue;
    std::vector<float> unit_slopes(static_cast<std::size_t>(count * student.cols));  // [count, D]
    add_product(ConstMatrixView(slopes.data(), count, n), u.view(),
                {unit_slopes.data(), count, student.cols});
    for (std::int64_t i = 0; i < count; ++i)
      u.backward(first + i, unit_slopes.data() + i * student.cols,
                 gradient.row(taught.rows[static_cast<std::size_t>(first + i)]));
  }
  return loss;
}

}  // namespace

std::string_view name(DistillationKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}
DistillationKind distillation_from_name(std::string_view n) {
  return static_cast<DistillationKind>(index_of_name("distillation", n, kKinds));
}

DistillationResult distillation_loss(DistillationKind kind, ConstMatrixView student,
                                     ConstMatrixView teacher, std::span<const float> weight,
                                     MatrixView gradient) {
  assert(teacher.rows == student.rows);
  assert(static_cast<std::int64_t>(weight.size()) == student.rows);
  assert(!needs_equal_sizes(kind) || teacher.cols == student.cols);
  assert(!gradient.data || (gradient.rows == student.rows && gradient.cols == student.cols));
  Taught taught;
  for (std::size_t r = 0; r < weight.size(); ++r)
    if (weight[r] > 0) {
      taught.rows.push_back(static_cast<std::int64_t>(r));
      taught.weights.push_back(double{weight[r]});
      taught.total += double{weight[r]};
    }
  DistillationResult result;
  result.rows = static_cast<std::int64_t>(taught.rows.size());
  result.weight = taught.total;
  if (taught.rows.empty()) return result;
  const auto measure = kind == DistillationKind::mse      ? mse
                       : kind == DistillationKind::cosine ? cosine
                                                          : relation;
  result.loss = measure(taught, student, teacher, gradient);
  return result;
}

}  // namespace gemel::loss
