#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace gemel::test {

/// Ids of the tiny tokenizer, for texts split by hand.
enum TinyId : std::int32_t {
  kUnknown,
  kEnd,
  kSpace,
  kA,
  kB,
  kC,
  kHow,
  kOld,
  kAre,
  kYou,
  kYour,
  kAge,
  kWhat,
  kIs,
  kQuestion,
  kTinySize
};

namespace detail {

// Protocol-buffer encoding: a field's tag, its length where it has one, its bytes.
inline std::string bytes_field(int number, const std::string& value) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(value.size())} + value;
}
inline std::string enum_field(int number, int value) {
  return {static_cast<char>(number << 3), static_cast<char>(value)};
}
inline std::string float_field(int number, float value) {
  std::string bytes(4, '\0');
  std::memcpy(bytes.data(), &value, 4);
  return static_cast<char>(number << 3 | 5) + bytes;
}
// SentencePiece {piece 1, score 2, type 3}; types: 1 normal, 2 unknown, 3 control.
inline std::string piece(const std::string& text, float score, int type) {
  return bytes_field(1, bytes_field(1, text) + float_field(2, score) + enum_field(3, type));
}

}  // namespace detail

/// A sentencepiece unigram model of 15 pieces, written by hand from sentencepiece_model.proto: a
/// few words (score −2), three letters and the space (−10), no normalisation, no byte pieces.
inline std::string tiny_tokenizer() {
  using namespace detail;
  const std::string space = "\xe2\x96\x81";  // U+2581
  std::string model = piece("<unk>", 0, 2) + piece("</s>", 0, 3) + piece(space, -10, 1);
  for (const char* letter : {"a", "b", "c"}) model += piece(letter, -10, 1);
  for (const char* word : {"how", "old", "are", "you", "your", "age", "what", "is", "?"})
    model += piece(space + word, -2, 1);
  return model + bytes_field(2, enum_field(3, 1)) + bytes_field(3, bytes_field(1, "identity"));
}

}  // namespace gemel::test
