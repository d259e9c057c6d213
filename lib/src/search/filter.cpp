#include "search/filter.hpp"

#include <algorithm>
#include <cmath>

#include "search/reach.hpp"

namespace gemel::search {
namespace {

// Cycles a dimension: below, building a filter costs more than it saves.
constexpr double kWorthBounds = 1e5;

class NoFilter final : public Filter {
 public:
  void masks(std::int64_t, std::int64_t count, std::int64_t, const double*, Scratch&,
             std::uint64_t* masks) const override {
    std::fill_n(masks, count, ~std::uint64_t{0});
  }
  std::int64_t depth() const override { return 0; }
};

}  // namespace

double share_within(const std::vector<double>& bounds, const std::vector<double>& reaches) {
  std::int64_t within = 0;
  for (const double bound : bounds)
    within += reaches.end() - std::lower_bound(reaches.begin(), reaches.end(), bound);
  return static_cast<double>(within) / static_cast<double>(bounds.size()) /
         static_cast<double>(reaches.size());
}

std::unique_ptr<Filter> make_filter(const FilterRequest& request) {
  std::unique_ptr<Filter> filter;
  const double worth = kWorthBounds * static_cast<double>(request.a.cols);
  if (request.pairs * decide_cycles(request.a.cols) > worth) {
    std::vector<double> reaches = request.reaches();
    std::sort(reaches.begin(), reaches.end());
    if (std::isfinite(reaches.front()))
      filter = is_manhattan(request.metric) ? make_manhattan_filter(request, reaches)
                                            : make_euclidean_filter(request, reaches);
  }
  if (filter == nullptr) filter = std::make_unique<NoFilter>();
  return filter;
}

}  // namespace gemel::search
