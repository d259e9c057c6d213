#pragma once
#include <cstddef>
#include <memory>
#include <string>

namespace gemel {

/// Bytes of a file or of standard input ("-"), decompressed on the way if they begin like gzip or
/// Zstandard data, whatever the file is called. Not thread-safe.
class ByteSource {
 public:
  /// Error "PATH: cannot be opened: REASON; …".
  explicit ByteSource(const std::string& path);
  ~ByteSource();
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// Reads 1 to `size` bytes into `to`; 0 at the end only. Error naming the file if it cannot be
  /// read or its compressed data are damaged or cut short; Interrupted if a signal's handler ran.
  std::size_t read(char* to, std::size_t size);
  /// The path, or "standard input".
  const std::string& name() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gemel
