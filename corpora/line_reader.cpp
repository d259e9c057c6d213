#include "corpora/line_reader.hpp"

#include <cstring>
#include <gemel/error.hpp>

namespace gemel {

constexpr std::size_t kBlock = std::size_t{1} << 16;

LineReader::LineReader(const std::string& path, std::size_t max_bytes)
    : source_(path), max_bytes_(max_bytes), buffer_(2 * kBlock) {}

/// Reads one more block; false at the end.
bool LineReader::fill() {
  if (at_end_) return false;
  if (buffer_.size() - end_ < kBlock) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (buffer_.size() - end_ < kBlock) buffer_.resize(2 * buffer_.size());
  }
  const std::size_t n = source_.read(buffer_.data() + end_, buffer_.size() - end_);
  end_ += n;
  at_end_ = n == 0;
  return !at_end_;
}

void LineReader::skip_byte_order_mark() {
  while (end_ - begin_ < 3 && fill()) continue;
  const std::string_view head(buffer_.data() + begin_, end_ - begin_);
  if (head.starts_with("\xef\xbb\xbf")) begin_ += 3;
  if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff"))
    throw Error(name(), "is UTF-16", "convert it to UTF-8, for example with iconv");
}

bool LineReader::next(std::string_view& line) {
  if (line_ == 0) skip_byte_order_mark();
  std::size_t searched = 0;  // bytes from begin_ on that hold no line feed
  for (;;) {
    const char* const from = buffer_.data() + begin_;
    const std::size_t size = end_ - begin_;
    const void* const feed =
        size > searched ? std::memchr(from + searched, '\n', size - searched) : nullptr;
    const std::size_t length =
        feed ? static_cast<std::size_t>(static_cast<const char*>(feed) - from) : size;
    if (length > max_bytes_)
      throw Error(name() + ":" + std::to_string(line_ + 1),
                  "the line is longer than " + std::to_string(max_bytes_) + " bytes",
                  "check that this is a text file, or raise the limit");
    if (feed || (!fill() && size > 0)) {
      line = {buffer_.data() + begin_, length};
      begin_ += length + (feed ? 1 : 0);
      ++line_;
      return true;
    }
    if (size == 0 && at_end_) return false;
    searched = size;
  }
}

}  // namespace gemel
