#include "tokenizer/model_pieces.hpp"

#include <bit>
#include <charconv>
#include <string>

namespace gemel {
namespace {

// Numbers of fields and values in sentencepiece_model.proto.
enum ModelField { kPiece = 1, kTrainer = 2, kNormalizer = 3 };
enum PieceField { kText = 1, kScore = 2, kType = 3 };
enum PieceType { kNormal = 1, kUnknown = 2, kControl = 3, kByte = 6, kUnused = 5 };
constexpr std::uint64_t kModelType = 3, kBpe = 2;  // of the trainer's fields
constexpr std::uint64_t kCharsmap = 2;             // of the normaliser's

/// One field of a message: a number, or bytes.
struct Field {
  std::uint64_t number = 0, value = 0;
  std::string_view bytes;
};

/// The fields of a message, one after another.
class Message {
 public:
  explicit Message(std::string_view bytes) : rest_(bytes) {}

  /// @return false at the end and where the bytes are no message
  bool next(Field& field) {
    std::uint64_t key = 0;
    if (rest_.empty() || !varint(key)) return false;
    field = {key >> 3, 0, {}};
    switch (key & 7) {
      case 0:
        return varint(field.value);
      case 1:
        return fixed(8, field.value);
      case 2:
        return varint(field.value) && take(field.value, field.bytes);
      case 5:
        return fixed(4, field.value);
      default:
        return fail();  // groups, which no version of the format uses
    }
  }
  bool damaged() const { return damaged_; }

 private:
  bool fail() {
    damaged_ = true;
    return false;
  }
  bool take(std::uint64_t size, std::string_view& out) {
    if (size > rest_.size()) return fail();
    out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }
  bool fixed(std::size_t size, std::uint64_t& value) {
    std::string_view bytes;
    if (!take(size, bytes)) return false;
    value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return true;
  }
  bool varint(std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return true;
    }
    return fail();
  }

  std::string_view rest_;
  bool damaged_ = false;
};

/// Calls visit(field) for each field; false if the bytes are no message.
template <class Visit>
bool for_each_field(std::string_view bytes, Visit&& visit) {
  Message message(bytes);
  for (Field field; message.next(field);) visit(field);
  return !message.damaged();
}

bool add_piece(std::string_view bytes, ModelPieces& pieces) {
  std::string_view text;
  float score = 0;
  std::uint64_t type = kNormal;
  const bool whole = for_each_field(bytes, [&](const Field& field) {
    if (field.number == kText) text = field.bytes;
    if (field.number == kScore)
      score = std::bit_cast<float>(static_cast<std::uint32_t>(field.value));
    if (field.number == kType) type = field.value;
  });
  const std::int32_t id = pieces.count++;
  if (type == kUnknown) {
    pieces.unknown_id = id;
  } else if (type == kControl) {
    if (text == "</s>") pieces.end_id = id;
  } else if (type == kByte) {
    pieces.byte_ids.resize(256, -1);
    pieces.byte_ids[byte_of(text)] = id;
  } else if (type != kUnused && !text.empty()) {
    pieces.normal.push_back({std::string(text), id, score});
  }
  return whole;
}

}  // namespace

unsigned char byte_of(std::string_view name) {
  unsigned value = 0;
  if (name.size() == 6) std::from_chars(name.data() + 3, name.data() + 5, value, 16);
  return static_cast<unsigned char>(value);
}

std::optional<ModelPieces> read_pieces(std::string_view model) {
  ModelPieces pieces;
  bool parts_whole = true;
  const auto read_part = [&](std::string_view bytes, auto&& visit) {
    if (!for_each_field(bytes, visit)) parts_whole = false;
  };
  const bool whole = for_each_field(model, [&](const Field& part) {
    if (part.number == kPiece && !add_piece(part.bytes, pieces)) parts_whole = false;
    if (part.number == kTrainer)
      read_part(part.bytes, [&](const Field& field) {
        if (field.number == kModelType) pieces.is_bpe = field.value == kBpe;
      });
    if (part.number == kNormalizer)
      read_part(part.bytes, [&](const Field& field) {
        if (field.number == kCharsmap) pieces.charsmap = field.bytes;
      });
  });
  if (!whole || !parts_whole || pieces.count == 0) return std::nullopt;
  for (std::int32_t& id : pieces.byte_ids)
    if (id < 0) id = pieces.unknown_id;
  return pieces;
}

}  // namespace gemel
