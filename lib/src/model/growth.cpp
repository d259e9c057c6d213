#include "model/growth.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "model/bundle_parser.hpp"

namespace gemel {
namespace {

constexpr std::int64_t kNew = -1;
using Places = std::vector<std::int64_t>;  // of an axis: where each element was, or kNew

void add_change(std::vector<SizeChange>& changes, std::int64_t from, std::int64_t to) {
  const SizeChange change{from, to};
  if (from > 0 && from < to && std::ranges::find(changes, change) == changes.end())
    changes.push_back(change);
}

// A size that grows by the same factor as others may pass for one of these: blocks of what divides
// all of them suit all.
std::vector<SizeChange> smallest_blocks(std::span<const SizeChange> changes) {
  std::vector<SizeChange> blocks;
  for (const SizeChange& c : changes) {
    const auto same = [&](const SizeChange& b) { return c.from * b.to == b.from * c.to; };
    const auto it = std::ranges::find_if(blocks, same);
    if (it == blocks.end())
      blocks.push_back(c);
    else
      *it = {std::gcd(it->from, c.from), std::gcd(it->to, c.to)};
  }
  return blocks;
}

// Where each place of a longer axis was before, kNew for those that were not. Nothing where the
// axis does not fit.
std::optional<Places> old_places(std::int64_t from, std::int64_t to,
                                 std::span<const SizeChange> changes) {
  SizeChange block{from, to};  // the whole axis, unchanged
  if (from != to) {
    const auto it = std::ranges::find_if(changes, [&](const SizeChange& c) {
      return from % c.from == 0 && from / c.from * c.to == to;
    });
    if (it == changes.end()) return std::nullopt;
    block = *it;
  }
  Places places(static_cast<std::size_t>(to));
  for (std::int64_t i = 0; i < to; ++i) {
    const std::int64_t within = i % block.to;
    places[static_cast<std::size_t>(i)] =
        within < block.from ? i / block.to * block.from + within : kNew;
  }
  return places;
}

std::optional<std::vector<Places>> places_along_axes(const StoredTensor& stored,
                                                     const ParameterInfo& to,
                                                     std::span<const SizeChange> changes) {
  if (stored.shape.size() != to.shape.size()) return std::nullopt;
  const std::vector<SizeChange> blocks = smallest_blocks(changes);
  std::vector<Places> places;
  for (std::size_t axis = 0; axis < to.shape.size(); ++axis) {
    auto found = old_places(stored.shape[axis], to.shape[axis], blocks);
    if (!found) return std::nullopt;
    places.push_back(std::move(*found));
  }
  return places;
}

}  // namespace

std::vector<SizeChange> growing_sizes(const ModelConfig& from, const ModelConfig& to) {
  std::vector<SizeChange> changes;
  for (std::size_t t = 0; t < to.towers.size(); ++t) {
    const bool same_number = from.towers.size() == to.towers.size();
    const EncoderConfig& old = from.towers[same_number ? t : 0].encoder;
    const EncoderConfig& now = to.towers[t].encoder;
    add_change(changes, old.embedding_size, now.embedding_size);
    add_change(changes, old.hidden_size, now.hidden_size);
    add_change(changes, old.attention_size, now.attention_size);
    add_change(changes, old.projection_size, now.projection_size);
  }
  add_change(changes, from.head_size, to.head_size);
  // What a head read before comes first in both its halves of features.
  if (from.head_size > 0 && from.head_input == HeadInput::embedding &&
      from.sentence_size() == to.sentence_size())
    add_change(changes, from.feature_size(), to.feature_size());
  return changes;
}

bool fits_grown(const StoredTensor& stored, const ParameterInfo& to,
                std::span<const SizeChange> changes) {
  return places_along_axes(stored, to, changes).has_value();
}

bool take_grown(const StoredTensor& stored, const ParameterInfo& to,
                std::span<const SizeChange> changes, std::span<float> values) {
  const auto found = places_along_axes(stored, to, changes);
  if (!found) return false;
  const std::vector<Places>& places = *found;
  std::vector<float> old(count_elements(stored));
  load_elements(stored, 0, old);
  const Places& last = places.back();
  const std::size_t rows = values.size() / last.size();
  for (std::size_t r = 0; r < rows; ++r) {
    // The row's index along each axis but the last, and where it was.
    std::int64_t row = 0, stride = 1;
    std::size_t rest = r;
    for (std::size_t axis = places.size() - 1; axis-- > 0;) {
      const std::int64_t place = places[axis][rest % places[axis].size()];
      rest /= places[axis].size();
      row = place == kNew || row == kNew ? kNew : row + place * stride;
      stride *= stored.shape[axis];
    }
    for (std::size_t j = 0; j < last.size(); ++j)
      if (last[j] != kNew)
        values[r * last.size() + j] =
            row == kNew ? 0.0f : old[static_cast<std::size_t>(row * stored.shape.back() + last[j])];
  }
  return true;
}

}  // namespace gemel
