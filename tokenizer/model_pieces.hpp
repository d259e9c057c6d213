#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tokenizer/segment_sampler.hpp"

namespace gemel {

/// What the bytes of a sentencepiece model say of its pieces, without loading it: sentencepiece
/// takes ten times as long, as it builds its own tables.
struct ModelPieces {
  std::int32_t count = 0;            ///< V
  std::vector<SamplerPiece> normal;  ///< pieces with a text of their own, in the order of their ids
  std::vector<std::int32_t> byte_ids;  ///< [256] ids of the byte pieces, or empty
  std::int32_t unknown_id = -1;        ///< -1 where there is none
  std::int32_t end_id = -1;            ///< of the control piece "</s>"; -1 where there is none
  bool is_bpe = false;
  std::string_view charsmap;  ///< its normalisation (tokenizer/charsmap.hpp), a part of the bytes
};

/// The byte of a byte piece, whose name is like "<0xE4>"; 0 for other names.
unsigned char byte_of(std::string_view name);

/// Reads a ModelProto as sentencepiece_model.proto of sentencepiece defines it, in the encoding
/// of Protocol Buffers (protobuf.dev/programming-guides/encoding). Fields that are not needed are
/// passed over. libsentencepiece keeps its own reader to itself, and its protobuf is not the
/// system's: the two cannot be linked together.
/// @return nothing if `model` is no such message
std::optional<ModelPieces> read_pieces(std::string_view model);

}  // namespace gemel
