#include "corpora/input_options.hpp"

#include <array>
#include <gemel/error.hpp>
#include <utility>

namespace gemel {
namespace {

constexpr std::array<std::string_view, 5> kFormats{"automatic", "text", "tsv", "csv", "jsonl"};

bool ends_like(std::string_view path, std::string_view ending) {
  if (path.size() < ending.size()) return false;
  path.remove_prefix(path.size() - ending.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i] >= 'A' && path[i] <= 'Z' ? static_cast<char>(path[i] + 32) : path[i];
    if (c != ending[i]) return false;
  }
  return true;
}

}  // namespace

std::string_view name_of(FileFormat format) {
  return kFormats[static_cast<std::size_t>(format)];
}

FileFormat file_format_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kFormats.size(); ++i)
    if (kFormats[i] == name) return static_cast<FileFormat>(i);
  throw Error("format", "'" + std::string(name) + "' is not known",
              "choose among automatic, text, tsv, csv, jsonl");
}

FileFormat format_of_path(std::string_view path) {
  for (const std::string_view packed : {".gz", ".zst"})
    if (ends_like(path, packed)) path.remove_suffix(packed.size());
  constexpr std::pair<std::string_view, FileFormat> kEndings[] = {
      {".txt", FileFormat::text}, {".tsv", FileFormat::tsv},     {".tab", FileFormat::tsv},
      {".csv", FileFormat::csv},  {".jsonl", FileFormat::jsonl}, {".ndjson", FileFormat::jsonl}};
  for (const auto& [ending, format] : kEndings)
    if (ends_like(path, ending)) return format;
  return FileFormat::automatic;
}

void InputOptions::validate() const {
  if (path.empty()) throw Error("path", "is empty", "name a file, or - for standard input");
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  if (max_row_bytes < 1 || max_row_bytes > kMost)
    throw Error("max_row_bytes", "is " + std::to_string(max_row_bytes),
                "allowed is 1 to " + std::to_string(kMost));
}

}  // namespace gemel
