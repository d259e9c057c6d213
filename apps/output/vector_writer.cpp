#include "apps/output/vector_writer.hpp"

#include <cassert>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <gemel/error.hpp>
#include <nlohmann/json.hpp>
#include <vector>

#include "apps/output/vector_header.hpp"

namespace gemel::output {
namespace {

std::string_view bytes_of(std::span<const float> v) {
  return {reinterpret_cast<const char*>(v.data()), v.size_bytes()};
}

std::string json_string(std::string_view text) {
  using Json = nlohmann::json;
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The JSON library knows doubles only and would print 0.1f as 0.10000000149011612.
void append_float(std::string& line, float value) {
  if (!std::isfinite(value)) {
    line += "null";
    return;
  }
  char text[32];
  line.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

std::string json_line(const VectorRow& row, bool with_text) {
  std::string line = R"({"id":)" + json_string(row.id);
  if (with_text) line += R"(,"text":)" + json_string(row.text);
  line += R"(,"vector":[)";
  for (std::size_t i = 0; i < row.vector.size(); ++i) {
    if (i) line += ',';
    append_float(line, row.vector[i]);
  }
  return line + "]}\n";
}

// In pieces: a mapped file of many gigabytes would count as this program's memory.
Hash128 hash_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<char> piece(std::size_t{1} << 20);
  StreamHash hash;
  while (in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    hash.update({piece.data(), static_cast<std::size_t>(in.gcount())});
  }
  if (!in.eof()) throw Error(path, "cannot be read back", "");
  return hash.digest();
}

}  // namespace

VectorWriter::VectorWriter(AtomicFile& file, VectorFormat format, std::int64_t dimension,
                           bool with_text, std::int64_t expected)
    : file_(&file),
      format_(format),
      dimension_(dimension),
      expected_(expected),
      with_text_(with_text) {
  assert(file.size() == 0);
  if (has_count_in_header(format) && !file.seekable())
    throw Error(file.path(),
                "cannot take " + std::string(name(format)) +
                    ", whose header holds the number of rows, known only at the end",
                "choose the format fvecs, f32 or jsonl, or write to a file");
  put(vector_header(format, expected, dimension));
}

void VectorWriter::put(std::string_view bytes) {
  file_->write(bytes);
  hash_.update(bytes);
}

void VectorWriter::row(const VectorRow& row) {
  assert(static_cast<std::int64_t>(row.vector.size()) == dimension_);
  ++count_;
  if (format_ == VectorFormat::jsonl) {
    put(json_line(row, with_text_));
    return;
  }
  if (format_ == VectorFormat::fvecs) {
    const auto size = static_cast<std::int32_t>(dimension_);
    char prefix[sizeof size];
    std::memcpy(prefix, &size, sizeof size);
    put({prefix, sizeof prefix});
  }
  put(bytes_of(row.vector));
}

void VectorWriter::rows(std::span<const VectorRow> rows) {
  if (rows.empty()) return;
  if (format_ == VectorFormat::jsonl || format_ == VectorFormat::fvecs) {
    for (const VectorRow& one : rows) row(one);
    return;
  }
  const auto width = static_cast<std::size_t>(dimension_);
  assert(rows.back().vector.data() == rows.front().vector.data() + (rows.size() - 1) * width);
  count_ += static_cast<std::int64_t>(rows.size());
  put(bytes_of({rows.front().vector.data(), rows.size() * width}));
}

bool VectorWriter::as_expected() const {
  return !has_count_in_header(format_) || count_ == expected_;
}

// The hash runs from the first byte on, so a header that changes at the end costs a second look.
Hash128 VectorWriter::finish() {
  if (!as_expected()) file_->write_at(0, vector_header(format_, count_, dimension_));
  file_->flush();
  return as_expected() ? hash_.digest() : hash_file(file_->temporary());
}

}  // namespace gemel::output
