#pragma once
#include <zstd.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace gemel {

/// Zstandard frames, one after another, as one stream. Boost.Iostreams has a filter for it, which
/// takes a stream that was cut short for a complete one.
class ZstdBytes {
 public:
  /// @param read  fills a buffer with 1 to `size` compressed bytes; 0 at the end
  explicit ZstdBytes(std::function<std::size_t(char* to, std::size_t size)> read);
  /// 1 to `size` bytes; 0 at the end. std::runtime_error if the data are damaged or end too early.
  std::size_t read(char* to, std::size_t size);

 private:
  std::function<std::size_t(char*, std::size_t)> read_;
  std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream_;
  std::vector<char> buffer_;
  ZSTD_inBuffer input_{};
  bool in_frame_ = false;
};

}  // namespace gemel
