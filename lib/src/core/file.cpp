#include "core/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <gemel/error.hpp>
#include <utility>

namespace gemel {
namespace {

constexpr std::size_t kBufferSize = 1 << 18;

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

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
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
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      buffer_(std::exchange(other.buffer_, {})),
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
  if (buffer_.size() + bytes.size() > kBufferSize) flush();
  if (bytes.size() < kBufferSize)
    buffer_.append(bytes);
  else
    send(bytes);
}

void AtomicFile::flush() {
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
