#include "corpora/zstd_bytes.hpp"

#include <new>
#include <stdexcept>

namespace gemel {

ZstdBytes::ZstdBytes(std::function<std::size_t(char*, std::size_t)> read)
    : read_(std::move(read)),
      stream_(ZSTD_createDStream(), ZSTD_freeDStream),
      buffer_(ZSTD_DStreamInSize()) {
  if (!stream_) throw std::bad_alloc();
  input_.src = buffer_.data();
}

std::size_t ZstdBytes::read(char* to, std::size_t size) {
  ZSTD_outBuffer output{to, size, 0};
  while (output.pos == 0) {
    const bool ended = input_.pos == input_.size;
    if (ended) {
      input_.pos = 0;
      input_.size = read_(buffer_.data(), buffer_.size());
      if (input_.size == 0 && !in_frame_) return 0;
    }
    const bool at_end = input_.size == 0;  // what the decoder still holds may fill `output`
    const std::size_t left = ZSTD_decompressStream(stream_.get(), &output, &input_);
    if (ZSTD_isError(left)) throw std::runtime_error(ZSTD_getErrorName(left));
    in_frame_ = left != 0;
    if (at_end && in_frame_ && output.pos == 0) throw std::runtime_error("cut short");
  }
  return output.pos;
}

}  // namespace gemel
