#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gemel {

/// The table by which a sentencepiece model normalises characters: keys of one or more, each with
/// what it becomes; the longest key that a text goes on with is taken, and a character without one
/// stays. sentencepiece's own normaliser does the same on the way to its ids, several times slower,
/// and does not exist before it has loaded a model. Looks into bytes that must outlive it.
/// Immutable, thread-safe.
class Charsmap {
 public:
  /// @param bytes  `precompiled_charsmap` of a model: the byte count of a trie (4 bytes, little
  /// endian), the trie as Darts-clone stores it (a double array, 4 bytes a unit), and the texts
  /// that keys become, each ended by a byte 0. Empty: nothing changes.
  /// @return nothing if they are not such a table
  static std::optional<Charsmap> read(std::string_view bytes);

  /// @param text  valid UTF-8 without byte 0
  /// @param out  replaced by the normalised text
  void apply(std::string_view text, std::string& out) const;

 private:
  std::uint32_t unit(std::size_t index) const;
  void find_ascii();
  bool apply_ascii(std::string_view text, std::string& out) const;
  std::size_t longest_key(std::string_view text, std::string_view& becomes) const;

  std::string_view trie_, texts_;
  std::array<char, 128> ascii_{};  // what each becomes among its like; 0: look it up
};

}  // namespace gemel
