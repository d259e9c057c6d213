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

void Dataset::add(std::string_view text1, std::string_view text2, float label) {
  const std::int32_t a = intern(text1);
  pairs_.push_back({a, intern(text2), label});
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
    if (p.label >= 0.5f) sets.join(p.a, p.b);
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
  for (const Pair& p : pairs_) {
    char bytes[12];
    std::memcpy(bytes, &p.a, 4);
    std::memcpy(bytes + 4, &p.b, 4);
    std::memcpy(bytes + 8, &p.label, 4);
    hash.update({bytes, sizeof bytes});
  }
  return to_hex(hash.digest());
}

}  // namespace gemel::train
