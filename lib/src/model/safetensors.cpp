#include "model/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <gemel/error.hpp>
#include <limits>
#include <nlohmann/json.hpp>

namespace gemel {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

using nlohmann::json;
using nlohmann::ordered_json;
constexpr std::uint64_t kLengthSize = 8;

std::string bytes_of(std::uint64_t n) {
  return std::to_string(n) + (n == 1 ? " byte" : " bytes");
}

// Bytes of the JSON header, after checking that the file holds them.
std::uint64_t header_size(const std::string& where, std::span<const std::byte> file) {
  if (file.empty()) throw Error(where, "is empty", std::string(kGiveModel));
  if (file.size() < kLengthSize + 2)
    throw Error(where, "holds " + bytes_of(file.size()) + ", too few for a model",
                std::string(kGiveModel));
  if (file[kLengthSize] != std::byte{'{'})
    throw Error(where, "is not a gemel model (it has no safetensors header)",
                std::string(kGiveModel));
  std::uint64_t size = 0;
  std::memcpy(&size, file.data(), kLengthSize);
  const std::uint64_t rest = file.size() - kLengthSize;
  if (size < 2 || size > kMaxHeaderSize)
    throw Error(where + ", byte 0",
                "the header's length is " + std::to_string(size) + "; allowed is 2 to " +
                    std::to_string(kMaxHeaderSize),
                std::string(kDamaged));
  if (size > rest)
    throw Error(where + ", byte 0",
                "the header's length is " + std::to_string(size) + ", but only " + bytes_of(rest) +
                    " follow",
                "the file is truncated: copy it again or train anew");
  return size;
}

json parse_json(const std::string& where, std::span<const std::byte> header) {
  const char* text = reinterpret_cast<const char*>(header.data());
  std::vector<std::string> keys;  // of the top level, to refuse a tensor named twice
  const auto no_duplicates = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth == 1 && event == json::parse_event_t::key) keys.push_back(parsed.get<std::string>());
    return true;
  };
  try {
    json result = json::parse(text, text + header.size(), no_duplicates);
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice != keys.end())
      throw Error(where + ", header", "'" + *twice + "' stands there twice", std::string(kDamaged));
    return result;
  } catch (const json::parse_error& e) {
    throw Error(where + ", byte " + std::to_string(kLengthSize + (e.byte ? e.byte - 1 : 0)),
                "the header is not valid JSON", std::string(kDamaged));
  } catch (const json::exception&) {  // a number out of range
    throw Error(where + ", header", "cannot be read as JSON", std::string(kDamaged));
  }
}

bool is_size(const json& value) {
  return value.is_number_unsigned() &&
         value.get<std::uint64_t>() <=
             static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
}

[[noreturn]] void fail_tensor(const std::string& where, const std::string& name,
                              const std::string& what) {
  throw Error(where + ", tensor '" + name + "'", what, std::string(kDamaged));
}

TensorEntry parse_entry(const std::string& where, const std::string& name, const json& value) {
  const auto field = [&](const char* key) -> const json& {
    const auto it = value.is_object() ? value.find(key) : value.end();
    if (!value.is_object() || it == value.end())
      fail_tensor(where, name, std::string("has no ") + key);
    return *it;
  };
  TensorEntry entry;
  entry.name = name;
  const json& dtype = field("dtype");
  if (!dtype.is_string()) fail_tensor(where, name, "dtype is not a string");
  entry.dtype = dtype.get<std::string>();
  const json& shape = field("shape");
  if (!shape.is_array() || !std::all_of(shape.begin(), shape.end(), is_size))
    fail_tensor(where, name, "shape is not a list of sizes");
  entry.shape = shape.get<std::vector<std::int64_t>>();
  const json& offsets = field("data_offsets");
  if (!offsets.is_array() || offsets.size() != 2 ||
      !std::all_of(offsets.begin(), offsets.end(), is_size))
    fail_tensor(where, name, "data_offsets is not a pair of offsets");
  entry.begin = offsets[0].get<std::uint64_t>();
  entry.end = offsets[1].get<std::uint64_t>();
  return entry;
}

// The size that dtype and shape ask for must be the size that the offsets give.
void check_size(const std::string& where, const TensorEntry& entry) {
  const std::uint64_t element = dtype_size(entry.dtype);
  if (element == 0)
    fail_tensor(where, entry.name, "has type " + entry.dtype + "; allowed are F32, BF16, I8 and U8");
  if (entry.end < entry.begin) fail_tensor(where, entry.name, "ends before it begins");
  const std::uint64_t stored = entry.end - entry.begin;
  std::uint64_t wanted = element;
  for (const std::int64_t extent : entry.shape) {
    const auto size = static_cast<std::uint64_t>(extent);
    if (size == 0) fail_tensor(where, entry.name, "has an empty dimension");
    if (size > std::numeric_limits<std::uint64_t>::max() / wanted) wanted = 0;
    if (wanted == 0) break;
    wanted *= size;
  }
  if (wanted != stored)
    fail_tensor(where, entry.name, "has a shape that does not fit its " + bytes_of(stored));
}

// Back to back from 0 to the file's last byte.
void check_places(const std::string& where, std::uint64_t file_size,
                  const SafetensorsHeader& header) {
  std::uint64_t end = 0;
  for (const TensorEntry& entry : header.tensors) {
    if (entry.begin < end) fail_tensor(where, entry.name, "overlaps the tensor before it");
    if (entry.begin > end) fail_tensor(where, entry.name, "has a hole before it");
    end = entry.end;
  }
  const std::uint64_t wanted = header.data_begin + end;
  if (wanted == file_size) return;
  throw Error(where,
              "holds " + bytes_of(file_size) + ", but its header asks for " + bytes_of(wanted),
              file_size < wanted ? "the file is truncated: copy it again or train anew"
                                 : "something was appended to it: copy it again or train anew");
}

}  // namespace

const std::string* SafetensorsHeader::find(std::string_view key) const {
  for (const auto& [name, value] : metadata)
    if (name == key) return &value;
  return nullptr;
}

std::uint64_t dtype_size(std::string_view dtype) {
  return dtype == "F32" ? 4 : dtype == "BF16" ? 2 : dtype == "I8" || dtype == "U8" ? 1 : 0;
}

SafetensorsHeader parse_safetensors_header(const std::string& where,
                                           std::span<const std::byte> file) {
  const std::uint64_t size = header_size(where, file);
  const json parsed = parse_json(where, file.subspan(kLengthSize, size));
  SafetensorsHeader header;
  header.data_begin = kLengthSize + size;
  for (const auto& [key, value] : parsed.items()) {
    if (key != "__metadata__") {
      header.tensors.push_back(parse_entry(where, key, value));
      continue;
    }
    if (!value.is_object())
      throw Error(where + ", header", "__metadata__ is not an object", std::string(kDamaged));
    for (const auto& [name, text] : value.items()) {
      if (!text.is_string())
        throw Error(where + ", header", "metadata '" + name + "' is not a string",
                    std::string(kDamaged));
      header.metadata.emplace_back(name, text.get<std::string>());
    }
  }
  return header;
}

void check_safetensors(const std::string& where, std::uint64_t file_size,
                       SafetensorsHeader& header) {
  for (const TensorEntry& entry : header.tensors) check_size(where, entry);
  std::sort(header.tensors.begin(), header.tensors.end(),
            [](const TensorEntry& a, const TensorEntry& b) { return a.begin < b.begin; });
  check_places(where, file_size, header);
}

std::string format_safetensors(const std::vector<std::pair<std::string, std::string>>& metadata,
                               const std::vector<TensorEntry>& tensors) {
  ordered_json root;
  ordered_json& strings = root["__metadata__"] = ordered_json::object();
  for (const auto& [key, value] : metadata) {
    try {
      static_cast<void>(json(value).dump());
    } catch (const json::type_error&) {
      throw Error(key, "is not valid UTF-8", "give it as UTF-8");
    }
    strings[key] = value;
  }
  for (const TensorEntry& t : tensors)
    root[t.name] = {{"dtype", t.dtype}, {"shape", t.shape}, {"data_offsets", {t.begin, t.end}}};
  std::string text = root.dump();
  const std::uint64_t before = kLengthSize + text.size();
  text.append((kTensorAlignment - before % kTensorAlignment) % kTensorAlignment, ' ');
  const std::uint64_t size = text.size();
  std::string length(kLengthSize, '\0');
  std::memcpy(length.data(), &size, kLengthSize);
  return length + text;
}

}  // namespace gemel
