#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace gemel {

/// A trie of byte strings as a double array (Aoe 1989): a step is one load. Immutable, thread-safe.
class PieceTrie {
 public:
  /// @param keys  sorted, distinct, none empty, none with a byte 0, fewer than 2^24
  explicit PieceTrie(const std::vector<std::string_view>& keys);

  /// A place in the trie; the root where it is made.
  struct Place {
    std::uint32_t base;
  };
  Place root() const { return {root_}; }
  /// Steps on by one byte (not 0). False if no key goes on like this.
  /// @param key  becomes the index of the key that ends here, or -1
  bool step(Place& place, char byte, std::int32_t& key) const {
    const auto label = static_cast<unsigned char>(byte);
    const Unit& unit = units_[place.base ^ label];
    if ((unit.tag & 0xff) != label) return false;
    place.base = unit.base;
    key = static_cast<std::int32_t>(unit.tag >> 8) - 1;
    return true;
  }

 private:
  // The child of a place by `label` stands at base ^ label. A tag is (key + 1) << 8 | label; a free
  // unit's is 0. The first 256 units stay free: a leaf's base is 0, so that every step from it
  // ends.
  struct Unit {
    std::uint32_t base = 0;
    std::uint32_t tag = 0;
  };
  class Builder;

  std::vector<Unit> units_;
  std::uint32_t root_ = 0;
};

}  // namespace gemel
