#include "tokenizer/code_point.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace gemel {
namespace {

using enum CodePointKind;

struct Range {
  std::uint32_t first, last;
  CodePointKind kind;
};

// Sorted, disjoint; a code point outside every range is a word character. From the Unicode blocks.
constexpr Range kRanges[] = {
    {0x0080, 0x00a0, space},       {0x00a1, 0x00a1, punctuation}, {0x00a2, 0x00a9, symbol},
    {0x00ab, 0x00ab, punctuation}, {0x00ac, 0x00ac, symbol},      {0x00ad, 0x00ad, ignored},
    {0x00ae, 0x00b1, symbol},      {0x00b4, 0x00b4, punctuation}, {0x00b6, 0x00b7, punctuation},
    {0x00bb, 0x00bb, punctuation}, {0x00bf, 0x00bf, punctuation}, {0x00d7, 0x00d7, symbol},
    {0x00f7, 0x00f7, symbol},      {0x0300, 0x036f, mark},        {0x055a, 0x055f, punctuation},
    {0x0589, 0x058a, punctuation}, {0x05be, 0x05be, punctuation}, {0x060c, 0x060d, punctuation},
    {0x061b, 0x061b, punctuation}, {0x061f, 0x061f, punctuation}, {0x066a, 0x066d, punctuation},
    {0x06d4, 0x06d4, punctuation}, {0x0964, 0x0965, punctuation}, {0x1680, 0x1680, space},
    {0x2000, 0x200a, space},       {0x200b, 0x200f, ignored},     {0x2010, 0x2027, punctuation},
    {0x2028, 0x2029, space},       {0x202a, 0x202e, ignored},     {0x202f, 0x202f, space},
    {0x2030, 0x2031, symbol},      {0x2032, 0x205e, punctuation}, {0x205f, 0x205f, space},
    {0x2060, 0x206f, ignored},     {0x20a0, 0x20cf, symbol},      {0x20d0, 0x20ff, mark},
    {0x2190, 0x2580, symbol},      {0x2581, 0x2581, space},       {0x2582, 0x27bf, symbol},
    {0x27c0, 0x2bff, symbol},      {0x2e00, 0x2e7f, punctuation}, {0x2e80, 0x2fdf, ideograph},
    {0x3000, 0x3000, space},       {0x3001, 0x3004, punctuation}, {0x3005, 0x3007, ideograph},
    {0x3008, 0x3011, punctuation}, {0x3012, 0x3013, symbol},      {0x3014, 0x3020, punctuation},
    {0x3021, 0x302f, ideograph},   {0x3030, 0x3030, punctuation}, {0x3031, 0x303c, ideograph},
    {0x303d, 0x303f, punctuation}, {0x3040, 0x309f, ideograph},   {0x30a0, 0x30a0, punctuation},
    {0x30a1, 0x30fa, ideograph},   {0x30fb, 0x30fb, punctuation}, {0x30fc, 0x312f, ideograph},
    {0x31a0, 0x31ff, ideograph},   {0x3400, 0x4dbf, ideograph},   {0x4dc0, 0x4dff, symbol},
    {0x4e00, 0x9fff, ideograph},   {0xf900, 0xfaff, ideograph},   {0xfe00, 0xfe0f, mark},
    {0xfe10, 0xfe1f, punctuation}, {0xfe20, 0xfe2f, mark},        {0xfe30, 0xfe6f, punctuation},
    {0xfeff, 0xfeff, ignored},     {0xff01, 0xff02, punctuation}, {0xff03, 0xff06, symbol},
    {0xff07, 0xff0a, punctuation}, {0xff0b, 0xff0b, symbol},      {0xff0c, 0xff0f, punctuation},
    {0xff1a, 0xff1b, punctuation}, {0xff1c, 0xff1e, symbol},      {0xff1f, 0xff1f, punctuation},
    {0xff20, 0xff20, symbol},      {0xff3b, 0xff40, punctuation}, {0xff5b, 0xff65, punctuation},
    {0xff66, 0xff9f, ideograph},   {0xffe0, 0xffee, symbol},      {0xfff9, 0xfffd, space},
    {0x1f000, 0x1fbff, symbol},    {0x20000, 0x3ffff, ideograph}, {0xe0000, 0xe007f, ignored},
    {0xe0100, 0xe01ef, mark},
};

constexpr CodePointKind ascii_kind(std::uint32_t c) {
  if (c <= ' ' || c == 0x7f) return space;
  const bool alphanumeric = is_ascii_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  if (alphanumeric) return word;
  for (const char s : {'#', '$', '%', '&', '+', '<', '=', '>', '@'})
    if (c == static_cast<std::uint32_t>(s)) return symbol;
  return punctuation;
}

constexpr auto kAscii = [] {
  std::array<CodePointKind, 128> table{};
  for (std::uint32_t c = 0; c < 128; ++c) table[c] = ascii_kind(c);
  return table;
}();

}  // namespace

CodePointKind kind_of(std::uint32_t c) noexcept {
  if (c < 128) return kAscii[c];
  if (c >= 0x4e00 && c <= 0x9fff) return ideograph;
  const auto after = std::upper_bound(std::begin(kRanges), std::end(kRanges), c,
                                      [](std::uint32_t v, const Range& r) { return v < r.first; });
  if (after == std::begin(kRanges)) return word;
  const Range& range = *std::prev(after);
  return c <= range.last ? range.kind : word;
}

std::uint32_t plain_form(std::uint32_t c) noexcept {
  switch (c) {
    case '`':
    case 0x00b4:
    case 0x02bc:
    case 0x2018:
    case 0x2019:
    case 0x201a:
    case 0x201b:
    case 0x2032:
    case 0xff07:
      return '\'';
    case 0x201c:
    case 0x201d:
    case 0x201e:
    case 0x201f:
    case 0x2033:
    case 0x00ab:
    case 0x00bb:
    case 0xff02:
      return '"';
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0xff0d:
      return '-';
    default:
      return c;
  }
}

}  // namespace gemel
