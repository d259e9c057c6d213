#include "train/dataset.hpp"

#include <algorithm>
#include <cstring>

#include "core/hash.hpp"
#include "core/parallel.hpp"
#include "core/union_find.hpp"

namespace gemel::train {

std::int32_t Dataset::intern(std::string_view text) {
  if (const auto it = index_.find(text); it != index_.end()) return it->second;
  const auto row = static_cast<std::int32_t>(texts_.size());
  texts_.emplace_back(text);
  index_.emplace(texts_.back(), row);
  return row;
}

std::int32_t Dataset::find(std::string_view text) const {
  const auto it = index_.find(text);
  return it == index_.end() ? -1 : it->second;
}

void Dataset::add(std::string_view text1, std::string_view text2, float label) {
  const std::int32_t a = intern(text1);
  add_rows(a, intern(text2), label);
}

void Dataset::add_soft(std::string_view text1, std::string_view text2, float probability) {
  add(text1, text2, probability);
  pairs_.back().soft = true;
}

void Dataset::add_rows(std::int32_t a, std::int32_t b, float label) {
  begin_example();
  pairs_.push_back({a, b, label});
}

void Dataset::add_triplet(std::string_view anchor, std::string_view positive,
                          std::string_view negative) {
  begin_example();
  const std::int32_t a = intern(anchor), p = intern(positive), n = intern(negative);
  pairs_.push_back({a, p, 1});
  pairs_.push_back({a, n, 0});
  triplets_.push_back({a, p, n});
}

void Dataset::add_lone(std::string_view text) {
  begin_example();
  examples_.back().lone = intern(text);
}

void Dataset::add_tuple(std::span<const std::string> texts, std::span<const TowerLink> links,
                        float label) {
  begin_example();
  std::vector<std::int32_t> rows;
  for (const std::string& text : texts) rows.push_back(intern(text));
  for (std::size_t l = 0; l < links.size(); ++l)
    pairs_.push_back({rows[static_cast<std::size_t>(links[l].a)],
                      rows[static_cast<std::size_t>(links[l].b)], label,
                      static_cast<std::int32_t>(l)});
}

std::span<const Dataset::Pair> Dataset::example_pairs(std::int64_t example) const {
  const auto e = static_cast<std::size_t>(example);
  const auto begin = static_cast<std::size_t>(examples_[e].pair);
  const std::size_t end =
      e + 1 < examples_.size() ? static_cast<std::size_t>(examples_[e + 1].pair) : pairs_.size();
  return {pairs_.data() + begin, end - begin};
}

std::span<const Dataset::Triplet> Dataset::example_triplets(std::int64_t example) const {
  const auto e = static_cast<std::size_t>(example);
  const auto begin = static_cast<std::size_t>(examples_[e].triplet);
  const std::size_t end = e + 1 < examples_.size()
                              ? static_cast<std::size_t>(examples_[e + 1].triplet)
                              : triplets_.size();
  return {triplets_.data() + begin, end - begin};
}

void Dataset::tokenise(const Tokenise& tokenise, int max_tokens, int threads) {
  constexpr std::int64_t kBlock = 1024;
  const std::int64_t blocks = (text_count() + kBlock - 1) / kBlock;
  struct Block {
    std::vector<std::int32_t> ids;
    std::vector<std::int64_t> lengths;
    std::int64_t cut = 0;
  };
  std::vector<Block> parts(static_cast<std::size_t>(blocks));
  parallel_for(threads, blocks, [&](std::int64_t index, int) {
    Block& part = parts[static_cast<std::size_t>(index)];
    std::vector<std::int32_t> ids;
    for (std::int64_t row = index * kBlock; row < std::min((index + 1) * kBlock, text_count());
         ++row) {
      ids.clear();
      tokenise(text(row), ids);
      if (ids.size() > static_cast<std::size_t>(max_tokens)) {
        ids.resize(static_cast<std::size_t>(max_tokens));
        ++part.cut;
      }
      part.ids.insert(part.ids.end(), ids.begin(), ids.end());
      part.lengths.push_back(static_cast<std::int64_t>(ids.size()));
    }
  });
  ids_.clear();
  start_.assign(1, 0);
  truncated_ = 0;
  for (const Block& part : parts) {
    ids_.insert(ids_.end(), part.ids.begin(), part.ids.end());
    for (const std::int64_t length : part.lengths) start_.push_back(start_.back() + length);
    truncated_ += part.cut;
  }
  UnionFind sets(static_cast<std::int32_t>(text_count()));
  for (const Pair& p : pairs_)
    if (p.positive()) sets.join(p.a, p.b);
  groups_.resize(static_cast<std::size_t>(text_count()));
  for (std::int32_t row = 0; row < text_count(); ++row)
    groups_[static_cast<std::size_t>(row)] = sets.find(row);
}

std::string Dataset::checksum() const {
  StreamHash hash;
  for (const std::string& text : texts_) {
    const std::uint64_t size = text.size();
    hash.update({reinterpret_cast<const char*>(&size), sizeof size});
    hash.update(text);
  }
  const auto put = [&](const void* value, std::size_t size) {
    hash.update({static_cast<const char*>(value), size});
  };
  for (const Pair& p : pairs_) {
    put(&p.a, sizeof p.a);
    put(&p.b, sizeof p.b);
    put(&p.label, sizeof p.label);
    put(&p.link, sizeof p.link);
    if (p.soft) put("soft", 4);
  }
  for (const Example& e : examples_) {
    put(&e.pair, sizeof e.pair);
    put(&e.lone, sizeof e.lone);
  }
  for (const Triplet& t : triplets_) put(&t, sizeof t);
  return to_hex(hash.digest());
}

}  // namespace gemel::train
