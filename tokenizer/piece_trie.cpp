#include "tokenizer/piece_trie.hpp"

#include <algorithm>

namespace gemel {
namespace {

constexpr std::size_t kBlock = 256;  // base ^ label stays within a block

}  // namespace

class PieceTrie::Builder {
 public:
  explicit Builder(std::vector<Unit>& units) : units_(units) { grow(), grow(); }

  /// A base under which all labels are free and which no other place has. Places with one child
  /// fill the holes that those with several leave. None looks back, so that building stays linear.
  std::uint32_t place(const std::vector<unsigned char>& labels) {
    std::size_t& unit = labels.size() == 1 ? hole_ : room_;
    for (unit = next_free(unit);; unit = next_free(unit + 1)) {
      const std::size_t base = unit ^ labels[0];
      const auto is_free = [&](unsigned char label) { return units_[base ^ label].tag == 0; };
      if (taken_[base] || !std::all_of(labels.begin(), labels.end(), is_free)) continue;
      taken_[base] = true;
      return static_cast<std::uint32_t>(base);
    }
  }

 private:
  std::size_t next_free(std::size_t unit) {
    while (unit < units_.size() && units_[unit].tag != 0) ++unit;
    if (unit == units_.size()) grow();
    return unit;
  }
  void grow() {
    units_.resize(units_.size() + kBlock);
    taken_.resize(units_.size());
  }

  std::vector<Unit>& units_;
  std::vector<bool> taken_;  // [units] some place's base
  std::size_t hole_ = kBlock, room_ = kBlock;
};

PieceTrie::PieceTrie(const std::vector<std::string_view>& keys) {
  struct Task {
    std::size_t unit, begin, end, depth;  // keys[begin, end) share their first `depth` bytes
  };
  Builder builder(units_);
  std::vector<Task> tasks, children;
  std::vector<unsigned char> labels;
  if (!keys.empty()) tasks.push_back({0, 0, keys.size(), 0});
  for (std::size_t done = 0; done < tasks.size(); ++done) {
    const Task task = tasks[done];
    labels.clear();
    children.clear();
    for (std::size_t begin = task.begin, end; begin < task.end; begin = end) {
      const char byte = keys[begin][task.depth];
      end = begin + 1;
      while (end < task.end && keys[end][task.depth] == byte) ++end;
      labels.push_back(static_cast<unsigned char>(byte));
      children.push_back({0, begin, end, task.depth + 1});
    }
    const std::uint32_t base = builder.place(labels);
    (task.depth == 0 ? root_ : units_[task.unit].base) = base;
    for (std::size_t c = 0; c < children.size(); ++c) {
      Task& child = children[c];
      child.unit = base ^ labels[c];
      units_[child.unit].tag = labels[c];
      if (keys[child.begin].size() == child.depth)
        units_[child.unit].tag |= static_cast<std::uint32_t>(++child.begin) << 8;
      if (child.begin < child.end) tasks.push_back(child);
    }
  }
}

}  // namespace gemel
