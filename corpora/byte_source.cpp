#include "corpora/byte_source.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/iostreams/categories.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_streambuf.hpp>
#include <cerrno>
#include <cstring>
#include <gemel/error.hpp>
#include <string_view>
#include <system_error>

#include "corpora/zstd_bytes.hpp"

namespace gemel {
namespace {

namespace io = boost::iostreams;

std::string reason(int error) {
  return std::generic_category().message(error);
}

/// The bytes as they lie on disk; the first few are read ahead to see what they are.
class RawBytes {
 public:
  explicit RawBytes(const std::string& path) : name_(path == "-" ? "standard input" : path) {
    if (path != "-") fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0)
      throw Error(name_, "cannot be opened: " + reason(errno),
                  "check the name and its permissions");
  }
  ~RawBytes() {
    if (fd_ > 0) ::close(fd_);
  }
  RawBytes(const RawBytes&) = delete;
  RawBytes& operator=(const RawBytes&) = delete;

  std::string_view peek() {
    while (head_end_ < head_.size()) {
      const std::size_t n = read_file(head_.data() + head_end_, head_.size() - head_end_);
      if (n == 0) break;
      head_end_ += n;
    }
    return {head_.data(), head_end_};
  }
  std::size_t read(char* to, std::size_t size) {
    if (head_at_ == head_end_) return read_file(to, size);
    const std::size_t n = std::min(size, head_end_ - head_at_);
    std::memcpy(to, head_.data() + head_at_, n);
    head_at_ += n;
    return n;
  }
  const std::string& name() const { return name_; }

 private:
  std::size_t read_file(char* to, std::size_t size) {
    const ssize_t n = ::read(fd_, to, size);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EINTR) throw Interrupted();
    throw Error(name_, "cannot be read: " + reason(errno), "");
  }

  std::string name_;
  int fd_ = 0;  // standard input unless a file was opened
  std::array<char, 4> head_{};
  std::size_t head_at_ = 0, head_end_ = 0;
};

/// RawBytes as Boost.Iostreams wants it.
struct Device {
  using char_type = char;
  using category = io::source_tag;
  RawBytes* raw;
  std::streamsize read(char* to, std::streamsize size) {
    const std::size_t n = raw->read(to, static_cast<std::size_t>(size));
    return n == 0 ? -1 : static_cast<std::streamsize>(n);
  }
};

}  // namespace

struct ByteSource::State {
  RawBytes raw;
  std::unique_ptr<io::filtering_streambuf<io::input>> gzip;
  std::unique_ptr<ZstdBytes> zstd;

  explicit State(const std::string& path) : raw(path) {
    const std::string_view head = raw.peek();
    if (head.starts_with("\x1f\x8b")) {
      gzip = std::make_unique<io::filtering_streambuf<io::input>>();
      gzip->push(io::gzip_decompressor());
      gzip->push(Device{&raw});
    } else if (head == "\x28\xb5\x2f\xfd") {
      zstd = std::make_unique<ZstdBytes>(
          [this](char* to, std::size_t size) { return raw.read(to, size); });
    }
  }

  std::size_t read(char* to, std::size_t size) {
    if (zstd) return zstd->read(to, size);
    if (!gzip) return raw.read(to, size);
    const std::streamsize n = gzip->sgetn(to, static_cast<std::streamsize>(size));
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }
};

ByteSource::ByteSource(const std::string& path) : state_(std::make_unique<State>(path)) {}
ByteSource::~ByteSource() = default;
const std::string& ByteSource::name() const {
  return state_->raw.name();
}

std::size_t ByteSource::read(char* to, std::size_t size) {
  try {
    return state_->read(to, size);
  } catch (const Error&) {
    throw;
  } catch (const std::exception&) {
    throw Error(name(), "the compressed data are damaged or cut short", "copy the file again");
  }
}

}  // namespace gemel
