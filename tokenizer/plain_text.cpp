#include "tokenizer/plain_text.hpp"

#include <utf8.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "tokenizer/code_point.hpp"

namespace gemel {
namespace {

// Sorted. No rule of sentencepiece's NFKC tables has a key of several characters that all stand
// here, so that characters within these ranges never act on each other.
constexpr struct {
  std::uint32_t first, last;
} kPlain[] = {
    {0x20, 0x7e},     {0xc0, 0xd6},     {0xd8, 0xde},     {0xe0, 0xf6},
    {0xf8, 0xff},     {0x400, 0x45f},   {0x3001, 0x3002}, {0x3005, 0x3007},
    {0x3008, 0x3011}, {0x3014, 0x301b}, {0x3041, 0x3096}, {0x30a1, 0x30fa},
    {0x30fc, 0x30fc}, {0x4e00, 0x9fff}, {0xac00, 0xd7a3}, {0xff01, 0xff5e},
};

bool is_plain(std::uint32_t c) {
  if (c >= 0x4e00 && c <= 0x9fff) return true;
  const auto after = std::upper_bound(std::begin(kPlain), std::end(kPlain), c,
                                      [](std::uint32_t v, const auto& r) { return v < r.first; });
  return after != std::begin(kPlain) && c <= std::prev(after)->last;
}

bool within(std::uint32_t c, std::uint32_t first, std::uint32_t last) {
  return c - first <= last - first;
}

// One plain character takes no more bytes than it had.
std::uint32_t folded(std::uint32_t c, bool fold_case) {
  if (within(c, 0xff01, 0xff5d)) c -= 0xfee0;  // full-width; the tilde U+FF5E stays
  if (!fold_case) return c;
  if (within(c, 'A', 'Z') || within(c, 0xc0, 0xde) || within(c, 0x410, 0x42f)) return c + 0x20;
  return within(c, 0x400, 0x40f) ? c + 0x50 : c;
}

void fold_ascii(std::string& text) {
  for (char& c : text) c = static_cast<char>(c + (c >= 'A' && c <= 'Z' ? 32 : 0));
}

}  // namespace

bool fold_plain_text(std::string& text, bool fold_case) {
  if (is_ascii(text)) {
    if (fold_case) fold_ascii(text);
    return true;
  }
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at != end;)
    if (!is_plain(utf8::unchecked::next(at))) return false;
  char* out = text.data();
  for (const char* at = text.data(); at != end;)
    out = utf8::unchecked::append(folded(utf8::unchecked::next(at), fold_case), out);
  text.resize(static_cast<std::size_t>(out - text.data()));
  return true;
}

}  // namespace gemel
