#pragma once
#include <cstddef>
#include <string_view>

namespace gemel {

/// Bytes that sentencepiece sees at once.
constexpr std::size_t kChunk = std::size_t{32} << 10;

/// Length of the next chunk of `text`: all of it, or up to a space or character boundary.
inline std::size_t chunk_size(std::string_view text) {
  if (text.size() <= kChunk) return text.size();
  const std::size_t blank = text.rfind(' ', kChunk);
  if (blank != std::string_view::npos && blank > 0) return blank;
  std::size_t end = kChunk;
  for (int back = 0; back < 3 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80; ++back)
    --end;
  return end;
}

}  // namespace gemel
