#include "corpora/npy_header.hpp"

#include <array>
#include <charconv>
#include <gemel/error.hpp>
#include <vector>

namespace gemel {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::array<std::string_view, 3> kTypes{"<f2", "<f4", "<f8"}, kNames{"f16", "f32", "f64"};

std::uint32_t byte_of(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

/// Bytes before the header's text: magic, version, length in two bytes or four.
std::size_t preamble_bytes(std::string_view head) {
  return head[6] == 1 ? 10 : 12;
}

/// The header's text, a Python dictionary of a string, a truth value and a tuple of numbers.
class Dictionary {
 public:
  Dictionary(const std::string& file, std::string_view header)
      : file_(file), text_(header), at_(preamble_bytes(header)) {
    take('{');
    while (!skip('}')) {
      entry();
      if (skip(',')) continue;
      take('}');
      break;
    }
    if (peek() != '\0' || at_ != text_.size()) unreadable();
    if (!has_type_ || !has_order_ || !has_shape_) {
      at_ = text_.size();
      unreadable();
    }
  }

  std::string type;
  bool fortran = false;
  std::vector<std::int64_t> shape;
  std::string shape_text;

 private:
  void entry() {
    const std::string_view key = quoted();
    take(':');
    if (key == "descr" && !has_type_) {
      has_type_ = true;
      if (peek() == '[') no_plain_type();
      type = quoted();
    } else if (key == "fortran_order" && !has_order_) {
      has_order_ = true;
      fortran = truth();
    } else if (key == "shape" && !has_shape_) {
      has_shape_ = true;
      numbers();
    } else {
      unreadable();
    }
  }

  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool skip(char wanted) {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }
  void take(char wanted) {
    if (!skip(wanted)) unreadable();
  }
  std::string_view quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') unreadable();
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) unreadable();
    const std::string_view value = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return value;
  }
  bool truth() {
    peek();
    for (const std::string_view word : {"True", "False"})
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return word == "True";
      }
    unreadable();
  }
  void numbers() {
    peek();
    const std::size_t begin = at_;
    take('(');
    while (!skip(')')) {
      peek();
      std::int64_t number = 0;
      const char* const end = text_.data() + text_.size();
      const auto [stop, error] = std::from_chars(text_.data() + at_, end, number);
      if (error != std::errc{} || number < 0) unreadable();
      at_ = static_cast<std::size_t>(stop - text_.data());
      shape.push_back(number);
      if (skip(',')) continue;
      take(')');
      break;
    }
    shape_text = text_.substr(begin, at_ - begin);
  }

  [[noreturn]] void unreadable() const {
    throw Error(file_ + ", byte " + std::to_string(at_), "the NumPy header cannot be read here",
                "copy or write the file again");
  }
  [[noreturn]] void no_plain_type() const {
    throw Error(file_, "holds records instead of numbers",
                "save a plain array of '<f4', '<f2' or '<f8'");
  }

  const std::string& file_;
  std::string_view text_;
  std::size_t at_;
  bool has_type_ = false, has_order_ = false, has_shape_ = false;
};

NpyType type_of(const std::string& file, const std::string& type) {
  for (std::size_t i = 0; i < kTypes.size(); ++i)
    if (kTypes[i] == type) return static_cast<NpyType>(i);
  throw Error(file, "holds values of type '" + type.substr(0, 40) + "'",
              "save them as '<f4', '<f2' or '<f8', for example with astype('<f4')");
}

}  // namespace

std::string_view name_of(NpyType type) {
  return kNames[static_cast<std::size_t>(type)];
}

std::size_t npy_header_bytes(const std::string& file, std::string_view head) {
  if (!head.starts_with(kMagic))
    throw Error(file, "does not begin like a NumPy file",
                "give a file that numpy.save or gemel embed wrote");
  if (head.size() < kNpyPreamble)
    throw Error(file, "ends inside its NumPy header", "copy or write the file again");
  if (head[6] < 1 || head[6] > 3 || head[7] != 0)
    throw Error(file,
                "has the NumPy format version " + std::to_string(byte_of(head, 6)) + "." +
                    std::to_string(byte_of(head, 7)),
                "allowed is 1.0, 2.0 or 3.0");
  std::size_t length = byte_of(head, 8) | byte_of(head, 9) << 8;
  if (head[6] != 1) length |= byte_of(head, 10) << 16 | byte_of(head, 11) << 24;
  constexpr std::size_t kMost = std::size_t{1} << 20;
  if (length > kMost)
    throw Error(file, "has a NumPy header of " + std::to_string(length) + " bytes",
                "allowed is up to " + std::to_string(kMost));
  return preamble_bytes(head) + length;
}

NpyHeader parse_npy_header(const std::string& file, std::string_view header) {
  const Dictionary found(file, header);
  NpyHeader result;
  result.type = type_of(file, found.type);
  if (found.shape.size() != 2)
    throw Error(file, "holds an array of the shape " + found.shape_text.substr(0, 60),
                "save one of two dimensions: rows and values in a row");
  result.rows = found.shape[0];
  result.dimension = found.shape[1];
  if (found.fortran) throw Error(file, "is in Fortran order", "save numpy.ascontiguousarray of it");
  if (result.dimension < 1 || result.dimension > NpyHeader::kMostValues)
    throw Error(file, "has " + std::to_string(result.dimension) + " values in a row",
                "allowed is 1 to " + std::to_string(NpyHeader::kMostValues));
  if (result.rows > NpyHeader::kMostRows)
    throw Error(file, "has " + std::to_string(result.rows) + " rows",
                "allowed is 0 to " + std::to_string(NpyHeader::kMostRows));
  result.data = static_cast<std::int64_t>(header.size());
  return result;
}

}  // namespace gemel
