// A lower bound of the distance of two points from 8-bit codes of their first K coordinates.
//
// Let x be a point, Q [K, D] the directions, y = Qx + error, r = x − Qᵀy what they leave out,
// y = ŷ + ε with ŷ = scale · code. Then, for two points u and v,
//   u·v <= ŷu·ŷv + |εu||ŷv| + |ŷu||εv| + |εu||εv| + |ru||rv| + κ|u||v|
// where κ covers that Q is orthonormal, and y the product, up to rounding only. By 2ab <= a²/ρ +
// ρb² the terms with one ε become a sum E(u) + E(v), E = (|ε|²/ρ + ρ|ŷ|² + |ε|²)/2, and with h =
// |x|²/2 the pair is further apart than |u − v|²/2 = reach if
//   ŷu·ŷv + |ru||rv| < B(u) + B(v) − reach,   B = h(1 − κ) − E.
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/parallel.hpp"
#include "search/euclidean_filter.hpp"
#include "search/matrix_product.hpp"

namespace gemel::search {
namespace {

constexpr std::int64_t kRows = 128;   // encoded at a time
constexpr double kRho = 0.01;         // |ε| / |ŷ| that eight bits leave after a rotation, roughly
constexpr double kEvaluation = 8e-6;  // rounding of the kernel's f32 arithmetic, against h

struct Slack {
  double product = 0;  // η: |y − Qx| / |x|
  double defect = 0;   // δ: |QQᵀ − I|
  double kappa() const { return 4 * defect + 3 * product + kEvaluation; }
  double rest() const { return 3 * product + 2 * defect; }
};

struct CodeTerms {
  float scale = 0, rest = 0, base = 0;
};

// Rounds up by more than a conversion to f32 can lose.
float upper(double x) {
  return static_cast<float>(x * (1 + 0x1p-22));
}

// y [depth] becomes code [depth]; point [D] is what y projects.
CodeTerms encode(const float* y, std::int64_t depth, const float* point, std::int64_t dimension,
                 bool whole, const Slack& slack, std::int8_t* code) {
  float largest = 0;
  for (std::int64_t k = 0; k < depth; ++k) largest = std::max(largest, std::fabs(y[k]));
  CodeTerms terms;
  terms.scale = largest / 127;
  const float inverse = largest > 1e-30f ? 127 / largest : 0;
  double error = 0, coded = 0, kept = 0, length = 0;
  for (std::int64_t k = 0; k < depth; ++k) {
    const float rounded = std::nearbyint(y[k] * inverse);
    code[k] = static_cast<std::int8_t>(rounded);
    const double value = double{terms.scale} * rounded, left = y[k] - value;
    error += left * left;
    coded += value * value;
    kept += double{y[k]} * y[k];
  }
  for (std::int64_t i = 0; i < dimension; ++i) length += double{point[i]} * point[i];
  const double rest = whole ? 0 : std::max(0.0, length - kept) + slack.rest() * length;
  const double quantised = (error / kRho + kRho * coded + error) / 2;
  terms.rest = upper(std::sqrt(rest));
  terms.base = static_cast<float>(length / 2 * (1 - slack.kappa()) - quantised);
  return terms;
}

class CodeFilter final : public Filter {
 public:
  CodeFilter(const FilterRequest& request, const Points& points, const Directions* directions,
             std::int64_t depth, CodeKernel kernel)
      : kernel_(kernel),
        rounding_(2 * points.rounding()),
        coordinates_(depth),
        rows_(request.a.rows, (depth + 3) / 4 * 4),
        groups_(request.b.rows, (depth + 3) / 4 * 4) {
    AlignedBuffer<float> columns;  // [D, depth]
    Slack slack;
    if (directions != nullptr) {
      const Directions even = share_evenly(*directions, depth);
      columns = even.columns(depth);
      slack.defect = orthonormality_defect(even);
      slack.product =
          std::sqrt(static_cast<double>(depth)) * product_error(even.dimension()) * 1.01;
    }
    const ConstMatrixView q(columns.data(), points.dimension(), columns.size() ? depth : 0);
    const bool within = request.within;
    encode_all(request.a, points, q, slack, request.threads,
               [&](std::int64_t r, const std::int8_t* code, const CodeTerms& t) {
                 rows_.set(r, code, t.scale, t.rest, t.base);
                 if (within) groups_.set(r, code, t.scale, t.rest, t.base);
               });
    if (within) return;
    encode_all(request.b, points, q, slack, request.threads,
               [&](std::int64_t r, const std::int8_t* code, const CodeTerms& t) {
                 groups_.set(r, code, t.scale, t.rest, t.base);
               });
  }

  std::int64_t depth() const override { return coordinates_; }

  void masks(std::int64_t first, std::int64_t count, std::int64_t group, const double* reach,
             Scratch& scratch, std::uint64_t* masks) const override {
    float need[kBlock + kSpareMasks] = {};
    for (std::int64_t r = 0; r < count; ++r) {
      // Rounding moves both points, so that pairs within reach look a little further apart.
      const double apart = std::sqrt(2 * std::max(0.0, reach[r])) + rounding_;
      const double base = rows_.base[static_cast<std::size_t>(first + r)];
      need[r] = static_cast<float>(base - apart * apart / 2 * (1 + 1e-6));
    }
    code_masks(kernel_, rows_, first, count, groups_, group, need, scratch, masks);
  }

 private:
  template <class Store>
  void encode_all(ConstMatrixView rows, const Points& points, ConstMatrixView q, const Slack& slack,
                  int threads, const Store& store) const {
    parallel_for(threads, (rows.rows + kRows - 1) / kRows, [&](std::int64_t task, int) {
      const std::int64_t first = task * kRows, count = std::min(kRows, rows.rows - first);
      const bool whole = q.cols == 0;
      AlignedBuffer<float> point(static_cast<std::size_t>(count * rows.cols));  // [count, D]
      AlignedBuffer<float> y(static_cast<std::size_t>(count * coordinates_));   // [count, depth]
      std::vector<std::int8_t> code(static_cast<std::size_t>(rows_.depth));     // [depth + pad]
      std::vector<char> trusted(static_cast<std::size_t>(count));
      for (std::int64_t r = 0; r < count; ++r)
        trusted[static_cast<std::size_t>(r)] =
            points.write(rows.row(first + r), point.data() + r * rows.cols);
      const ConstMatrixView x(point.data(), count, rows.cols);
      if (!whole) multiply(x, q, {y.data(), count, coordinates_}, 1);
      for (std::int64_t r = 0; r < count; ++r) {
        const float* from = whole ? x.row(r) : y.data() + r * coordinates_;
        CodeTerms terms =
            encode(from, coordinates_, x.row(r), rows.cols, whole, slack, code.data());
        if (!trusted[static_cast<std::size_t>(r)] || !(terms.base < 1e30f))
          terms = {0, 0, -std::numeric_limits<float>::infinity()};  // is never ruled out
        store(first + r, code.data(), terms);
      }
    });
  }

  CodeKernel kernel_;
  double rounding_;
  std::int64_t coordinates_;
  CodeRows rows_;
  CodeGroups groups_;
};

}  // namespace

std::unique_ptr<Filter> make_code_filter(const FilterRequest& request, const Points& points,
                                         const Directions* directions, std::int64_t depth,
                                         CodeKernel kernel) {
  return std::make_unique<CodeFilter>(request, points, directions, depth, kernel);
}

}  // namespace gemel::search
