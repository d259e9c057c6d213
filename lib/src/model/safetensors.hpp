#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gemel {

/// One tensor's entry in a safetensors header.
struct TensorEntry {
  std::string name;
  std::string dtype;                 // "F32", "BF16", "I8", "U8"
  std::vector<std::int64_t> shape;   // row-major, every extent positive
  std::uint64_t begin = 0, end = 0;  // bytes from the first tensor's first byte
};

struct SafetensorsHeader {
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<TensorEntry> tensors;  // in any order until checked
  std::uint64_t data_begin = 0;      // bytes from the file's first byte

  /// Null where no such key.
  const std::string* find(std::string_view key) const;
};

inline constexpr std::uint64_t kTensorAlignment = 64;
inline constexpr std::uint64_t kMaxHeaderSize = 16u << 20;
inline constexpr std::string_view kDamaged = "the file is damaged: copy it again or train anew";
inline constexpr std::string_view kGiveModel = "give a model that 'gemel train' wrote";

/// Bytes of one element; 0 for a type that gemel does not read.
std::uint64_t dtype_size(std::string_view dtype);

/// The header of a whole file in memory; its tensors are not yet to be trusted.
/// @param where the file's name for messages
/// Errors: Error naming the byte or the tensor.
SafetensorsHeader parse_safetensors_header(const std::string& where,
                                           std::span<const std::byte> file);

/// Sorts the entries by place. On return the bytes of each lie inside the file, agree with dtype
/// and shape, neither overlap nor leave holes, and the last ones end with the file.
/// Errors: Error naming the tensor.
void check_safetensors(const std::string& where, std::uint64_t file_size, SafetensorsHeader&);

/// The 8-byte length and the padded JSON: everything before the first tensor. Metadata and tensors
/// keep the order given. Throws Error where a metadata value is not UTF-8.
std::string format_safetensors(const std::vector<std::pair<std::string, std::string>>& metadata,
                               const std::vector<TensorEntry>& tensors);

}  // namespace gemel
