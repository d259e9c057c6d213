#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/aligned.hpp"

namespace gemel {

/// Writes a file under a temporary name beside it and renames on commit(): the final name never
/// holds half a file. Without commit() the temporary is removed. "-" writes to standard output and
/// a name that is no regular file (/dev/full, a pipe) is written directly.
/// Errors: Error naming the file and the system's reason. Not thread-safe.
class AtomicFile {
 public:
  /// Of a large file the bytes go past the page cache where the file system allows it: the
  /// processor copies them once instead of twice, and commit() has little left to wait for.
  enum class Size { ordinary, large };
  explicit AtomicFile(std::string path, Size = Size::ordinary);
  AtomicFile(AtomicFile&&) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  void write(std::string_view bytes);
  void write(const void* data, std::size_t size) { write({static_cast<const char*>(data), size}); }
  /// Overwrites bytes already written (a header whose counts are known at the end). Regular files
  /// only.
  void write_at(std::uint64_t offset, std::string_view bytes);
  bool seekable() const { return !temporary_.empty(); }
  std::uint64_t size() const { return size_; }
  /// Sends buffered bytes on to the file or pipe, so that a reader sees them.
  void flush();
  /// Flushes, syncs and renames. Call once, last.
  void commit();
  const std::string& path() const { return path_; }
  /// Where the flushed bytes lie until commit(); empty unless seekable().
  const std::string& temporary() const { return temporary_; }

 private:
  [[noreturn]] void fail(const char* action);
  void send(std::string_view bytes);
  void write_past_cache(std::string_view bytes);
  void send_block();
  void end_past_cache();
  std::string path_, temporary_, buffer_;
  AlignedBuffer<std::byte> block_;  // empty unless bytes go past the page cache
  std::byte* begin_ = nullptr;      // of the block, on a page's boundary
  std::size_t filled_ = 0;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

/// Removes the temporaries of every AtomicFile now open, without locks or allocation: for a signal
/// handler that is about to end the process.
void remove_temporaries_from_signal_handler() noexcept;

/// A file mapped read-only. Moves, does not copy. Empty files map to an empty span.
class MappedFile {
 public:
  explicit MappedFile(std::string path);  ///< throws Error naming the file and the reason
  MappedFile(MappedFile&&) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();
  std::span<const std::byte> bytes() const { return {data_, size_}; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Whole file, or standard input for "-". Throws Error.
std::string read_file(const std::string& path);

}  // namespace gemel
