#pragma once
#include <cstddef>
#include <span>
#include <utility>

namespace gemel {

/// `bytes` zero bytes on a 64-byte boundary, more than 0. Large blocks ask for large pages: a batch
/// touches rows all over them, and with pages of 4 KiB most of those touches miss the TLB.
void* allocate_zeros(std::size_t bytes);
void release_zeros(void* block) noexcept;

/// A zero-filled block of trivially copyable T on a 64-byte boundary; moves, does not copy.
template <class T>
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t count) : size_(count) {
    if (count != 0) {
      data_ = static_cast<T*>(allocate_zeros(count * sizeof(T)));
    }
  }
  AlignedBuffer(AlignedBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~AlignedBuffer() { release_zeros(data_); }

  /// Makes room for at least `count` elements; the contents are undefined afterwards if it grew.
  void reserve_discard(std::size_t count) {
    if (count > size_) *this = AlignedBuffer(count + count / 4);
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  std::span<T> span() { return {data_, size_}; }
  std::span<const T> span() const { return {data_, size_}; }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace gemel
