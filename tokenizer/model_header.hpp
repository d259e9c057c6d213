#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "tokenizer/normalizer.hpp"

namespace gemel {

// A tokenizer is a sentencepiece model with one extra field in front, which sentencepiece ignores
// (number 1000, within the range its format leaves to extensions):
//
//   bytes 0-2   the field's tag (0xC2 0x3E) and its length (64)
//   bytes 3-66  "gemel tokenizer 1 MODE SIZE CRC", filled up with spaces; MODE is name_of the
//               Normalization, SIZE the decimal count and CRC the CRC-32 (8 hexadecimal digits) of
//               the bytes that follow
//   bytes 67-   the sentencepiece model

/// The header for `model`, followed by `model`.
std::string with_header(Normalization mode, std::string_view model);

/// The mode in the header; nothing if `bytes` is a plain sentencepiece model.
/// Error "tokenizer: …" if the header or what follows it is damaged.
std::optional<Normalization> read_header(std::string_view bytes);

}  // namespace gemel
