#include "corpora/npy_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <gemel/error.hpp>
#include <limits>
#include <sstream>
#include <system_error>
#include <type_traits>

#include "corpora/npy_header.hpp"

namespace gemel {
namespace {

static_assert(std::endian::native == std::endian::little, "NumPy files are read as they lie");

/// IEEE 754 binary16; exact.
double from_half(std::uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const double fraction = half & 1023;
  const double sign = half & 0x8000 ? -1 : 1;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  if (exponent < 31) return sign * std::ldexp(1024 + fraction, exponent - 25);
  return fraction == 0 ? sign * std::numeric_limits<double>::infinity()
                       : std::numeric_limits<double>::quiet_NaN();
}

template <class T>
double value_at(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  if constexpr (std::is_same_v<T, std::uint16_t>) return from_half(value);
  return static_cast<double>(value);
}

class File {
 public:
  explicit File(const std::string& path)
      : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) fail("cannot be opened: ", "check the name and its permissions");
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
      ::close(descriptor_);
      throw Error(path_, "is not a regular file", "vectors are read from a file on disk");
    }
    size_ = status.st_size;
  }
  ~File() { ::close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// Bytes from `offset` on; fewer than `size` at the end of the file only.
  std::size_t read(std::int64_t offset, char* to, std::size_t size) const {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t n =
          ::pread(descriptor_, to + done, size - done, offset + static_cast<std::int64_t>(done));
      if (n == 0) break;
      if (n < 0 && errno == EINTR) throw Interrupted();
      if (n < 0) fail("cannot be read: ", "");
      done += static_cast<std::size_t>(n);
    }
    return done;
  }
  std::int64_t size() const { return size_; }
  const std::string& path() const { return path_; }

 private:
  [[noreturn]] void fail(const char* what, const char* advice) const {
    throw Error(path_, what + std::generic_category().message(errno), advice);
  }
  std::string path_;
  int descriptor_;
  std::int64_t size_ = 0;  // bytes, when it was opened
};

NpyHeader read_header(const File& file) {
  std::string head(kNpyPreamble, '\0');
  head.resize(file.read(0, head.data(), head.size()));
  head.resize(npy_header_bytes(file.path(), head));
  if (file.read(0, head.data(), head.size()) < head.size())
    throw Error(file.path(), "ends inside its NumPy header", "copy or write the file again");
  const NpyHeader header = parse_npy_header(file.path(), head);
  const std::int64_t found = file.size() - header.data, row = header.row_bytes();
  if (found / row != header.rows || found % row != 0) {
    // Counts up to 2^40 rows of 2^23 bytes: a wanted size may not fit 63 bits.
    const double wanted = static_cast<double>(header.rows) * static_cast<double>(row);
    const std::string bytes = wanted < 9e18 ? std::to_string(header.rows * row) : "more than 9e18";
    throw Error(file.path(),
                "holds " + std::to_string(found) + " bytes of vectors, but " +
                    std::to_string(header.rows) + " rows of " + std::to_string(header.dimension) +
                    " " + std::string(name_of(header.type)) + " take " + bytes,
                "copy or write the file again");
  }
  return header;
}

}  // namespace

struct NpyReader::State {
  File file;
  NpyHeader header;
  explicit State(const std::string& path) : file(path), header(read_header(file)) {}

  template <class T>
  void read_row(std::int64_t index, std::span<float> to) const {
    std::array<char, 8192> piece;
    constexpr std::size_t kMost = sizeof piece / sizeof(T);
    for (std::size_t done = 0; done < to.size();) {
      const std::size_t n = std::min(kMost, to.size() - done);
      const std::int64_t offset =
          header.data + index * header.row_bytes() + static_cast<std::int64_t>(done * sizeof(T));
      if (file.read(offset, piece.data(), n * sizeof(T)) < n * sizeof(T))
        throw Error(file.path(), "was cut short while it was read", "leave it alone till the end");
      for (std::size_t i = 0; i < n; ++i, ++done)
        to[done] = checked(value_at<T>(piece.data() + i * sizeof(T)), index, done);
    }
  }

  float checked(double value, std::int64_t row, std::size_t column) const {
    if (std::abs(value) <= double{std::numeric_limits<float>::max()})
      return static_cast<float>(value);
    std::ostringstream what;
    what << "row " << row + 1 << ", column " << column + 1 << " is ";
    if (std::isnan(value))
      what << "nan";
    else
      what << value;
    throw Error(file.path(), what.str(), "vectors must be finite numbers that f32 can hold");
  }
};

NpyReader::NpyReader(const std::string& path) : state_(std::make_unique<State>(path)) {}
NpyReader::~NpyReader() = default;
NpyReader::NpyReader(NpyReader&&) noexcept = default;
NpyReader& NpyReader::operator=(NpyReader&&) noexcept = default;

std::int64_t NpyReader::rows() const {
  return state_->header.rows;
}
std::int64_t NpyReader::dimension() const {
  return state_->header.dimension;
}
const std::string& NpyReader::path() const {
  return state_->file.path();
}

void NpyReader::row(std::int64_t index, std::span<float> to) const {
  assert(index >= 0 && index < rows());
  assert(static_cast<std::int64_t>(to.size()) == dimension());
  switch (state_->header.type) {
    case NpyType::f16:
      return state_->read_row<std::uint16_t>(index, to);
    case NpyType::f32:
      return state_->read_row<float>(index, to);
    case NpyType::f64:
      return state_->read_row<double>(index, to);
  }
}

std::string NpyReader::description() const {
  return "NPY, " + std::to_string(rows()) + " rows of " + std::to_string(dimension()) + " " +
         std::string(name_of(state_->header.type));
}

}  // namespace gemel
