#pragma once
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gemel/error.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gemel::testing {

/// A file in a folder of its own, removed with it.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& name, std::string_view bytes) {
    std::string folder = (std::filesystem::temp_directory_path() / "gemel-XXXXXX").string();
    if (!mkdtemp(folder.data())) throw std::runtime_error("mkdtemp failed");
    folder_ = folder;
    path_ = (folder_ / name).string();
    write(bytes);
  }
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::string_view bytes) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  const std::string& path() const { return path_; }

 private:
  std::filesystem::path folder_;
  std::string path_;
};

/// The message of the gemel::Error that `work` throws, with `path` written FILE; "" if none.
template <class Work>
std::string error_of(const std::string& path, const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    std::string message = error.what();
    for (std::size_t at; (at = message.find(path)) != std::string::npos;)
      message.replace(at, path.size(), "FILE");
    return message;
  }
  return "";
}

}  // namespace gemel::testing
