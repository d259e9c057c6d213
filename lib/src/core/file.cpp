#include "core/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <gemel/error.hpp>
#include <memory>
#include <utility>

namespace gemel {
namespace {

constexpr std::size_t kBufferSize = 1 << 18;
constexpr std::size_t kBlockSize = std::size_t{4} << 20, kPage = 4096;

// Names of open temporaries, readable from a signal handler: fixed slots, claimed by a flag that is
// raised only once the text is complete.
struct TemporarySlot {
  std::atomic<int> state{0};  // 0 free, 1 being written, 2 in use
  std::array<char, 4096> name{};
};
std::array<TemporarySlot, 32> g_temporaries;

void remember(const std::string& name) {
  for (TemporarySlot& slot : g_temporaries) {
    int expected = 0;
    if (name.size() >= slot.name.size() || !slot.state.compare_exchange_strong(expected, 1))
      continue;
    std::memcpy(slot.name.data(), name.c_str(), name.size() + 1);
    slot.state = 2;
    return;
  }
}

void forget(const std::string& name) {
  for (TemporarySlot& slot : g_temporaries)
    if (slot.state == 2 && name == slot.name.data()) slot.state = 0;
}

// Whether writes go past the page cache from now on; what the file system says of it.
bool set_past_cache([[maybe_unused]] int descriptor, [[maybe_unused]] bool on) {
#if defined(O_DIRECT)
  const int flags = fcntl(descriptor, F_GETFL);
  return flags >= 0 && fcntl(descriptor, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
#else
  return false;
#endif
}

// A name that exists and is no regular file (a device, a pipe) cannot be renamed over.
bool written_in_place(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

}  // namespace

void remove_temporaries_from_signal_handler() noexcept {
  for (TemporarySlot& slot : g_temporaries)
    if (slot.state == 2) unlink(slot.name.data());
}

AtomicFile::AtomicFile(std::string path, Size size) : path_(std::move(path)) {
  if (path_ == "-") {
    path_ = "standard output";
    descriptor_ = dup(STDOUT_FILENO);
  } else if (written_in_place(path_)) {
    descriptor_ = open(path_.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    temporary_ = path_ + ".partial-" + std::to_string(getpid());
    descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) remember(temporary_);
  }
  if (descriptor_ < 0) {
    temporary_.clear();
    fail("opened for writing");
  }
  buffer_.reserve(kBufferSize);
  if (size == Size::ordinary || temporary_.empty()) return;
  block_ = AlignedBuffer<std::byte>(kBlockSize + kPage);
  void* start = block_.data();
  std::size_t room = kBlockSize + kPage;
  begin_ = static_cast<std::byte*>(std::align(kPage, kBlockSize, start, room));
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      buffer_(std::exchange(other.buffer_, {})),
      block_(std::move(other.block_)),
      begin_(std::exchange(other.begin_, nullptr)),
      filled_(std::exchange(other.filled_, 0)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_) {}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!temporary_.empty()) {
    unlink(temporary_.c_str());
    forget(temporary_);
  }
}

void AtomicFile::fail(const char* action) {
  throw Error(path_, std::string("cannot be ") + action + ": " + std::strerror(errno));
}

void AtomicFile::write(std::string_view bytes) {
  size_ += bytes.size();
  if (begin_) return write_past_cache(bytes);
  if (buffer_.size() + bytes.size() > kBufferSize) flush();
  if (bytes.size() < kBufferSize)
    buffer_.append(bytes);
  else
    send(bytes);
}

void AtomicFile::write_past_cache(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t count = std::min(kBlockSize - filled_, bytes.size());
    std::memcpy(begin_ + filled_, bytes.data(), count);
    bytes.remove_prefix(count);
    filled_ += count;
    if (filled_ < kBlockSize) continue;
    send_block();
    if (!begin_) return send(bytes);
  }
}

// A file system that wants other blocks than pages, or none at all, says so at the first write.
void AtomicFile::send_block() {
  std::size_t done = 0;
  while (done < filled_ && set_past_cache(descriptor_, true)) {
    const ssize_t n = ::write(descriptor_, begin_ + done, filled_ - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    done += static_cast<std::size_t>(n);
  }
  filled_ -= done;
  if (filled_ == 0) return;
  std::memmove(begin_, begin_ + done, filled_);
  end_past_cache();
}

// What is left goes the ordinary way, as all that follows.
void AtomicFile::end_past_cache() {
  if (!begin_) return;
  set_past_cache(descriptor_, false);
  const std::string_view left(reinterpret_cast<const char*>(begin_), filled_);
  begin_ = nullptr;
  filled_ = 0;
  send(left);
  block_ = {};
}

void AtomicFile::flush() {
  end_past_cache();
  send(buffer_);
  buffer_.clear();
}

void AtomicFile::send(std::string_view bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t n = ::write(descriptor_, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("written");
    done += static_cast<std::size_t>(n);
  }
}

void AtomicFile::write_at(std::uint64_t offset, std::string_view bytes) {
  flush();
  if (pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset)) !=
      static_cast<ssize_t>(bytes.size()))
    fail("written");
}

void AtomicFile::commit() {
  flush();
  if (!temporary_.empty() && fsync(descriptor_) != 0) fail("written");
  if (close(std::exchange(descriptor_, -1)) != 0) fail("written");
  if (temporary_.empty()) return;
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail("renamed from its temporary");
  forget(std::exchange(temporary_, {}));
}

}  // namespace gemel
