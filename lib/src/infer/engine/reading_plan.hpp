#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace gemel::infer {

/// Token lists, one behind the other.
struct TokenLists {
  std::span<const std::int32_t> ids;
  std::span<const std::int64_t> begin;  // [N + 1], a text's first token
  bool backward = false;                // read from its last token on

  std::int64_t count() const { return static_cast<std::int64_t>(begin.size()) - 1; }
  std::int64_t length(std::int64_t text) const {
    return begin[static_cast<std::size_t>(text + 1)] - begin[static_cast<std::size_t>(text)];
  }
  /// Where the token stands that is read at step t.
  std::int64_t place(std::int64_t text, std::int64_t t) const {
    return begin[static_cast<std::size_t>(text)] + (backward ? length(text) - 1 - t : t);
  }
  /// The token that is read at step t.
  std::int32_t token(std::int64_t text, std::int64_t t) const {
    return ids[static_cast<std::size_t>(place(text, t))];
  }
};

/// At which step each of some texts is begun and ended in one reading order. A state depends on
/// nothing but the tokens read so far, so texts that begin alike are read once up to where they
/// part: of 8,192 questions a fifth of all steps goes that way.
class ReadingPlan {
 public:
  /// `text` goes on from the state of `from`, or from nothing where that is −1.
  struct Start {
    std::int64_t step, length, text, from;
  };
  /// The last state of `text` is that of `state` before that step: its own, or that of one with the
  /// same tokens.
  struct End {
    std::int64_t step, text, state;
  };

  /// @param texts those to be read, sorted by their tokens as they are read if steps are shared
  /// @param share false where every step of every text is wanted
  void make(const TokenLists&, std::span<const std::int64_t> texts, bool share);

  /// By step, the longest texts first; all of step 0 go on from nothing.
  std::span<const Start> starts() const { return starts_; }
  /// By step: how many tokens the text has.
  std::span<const End> ends() const { return ends_; }

 private:
  std::vector<std::int64_t> owner_;  // [longest] who reads token t of the text looked at
  std::vector<Start> starts_;
  std::vector<End> ends_;
};

}  // namespace gemel::infer
