#include "apps/sweep_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <gemel/error.hpp>

#include "apps/child_process.hpp"
#include "apps/command_line.hpp"
#include "apps/terminal.hpp"
#include "core/file.hpp"
#include "core/hash.hpp"

namespace gemel::app {
namespace {

namespace fs = std::filesystem;
constexpr int kLockTries = 300, kLockMicroseconds = 100000;
constexpr std::string_view kMark = "# sweep fingerprint ";

std::string fingerprint_line(std::string_view config) {
  const std::size_t at = config.rfind(kMark);
  return at == std::string_view::npos ? "" : std::string(config.substr(at));
}

// The line with the mark, of a file that may not be there.
std::string stored_fingerprint(const std::string& path) {
  return fs::is_regular_file(path) ? fingerprint_line(read_file(path)) : "";
}

void write_whole(const std::string& path, const std::string& text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

// What gemel said last, without its name in front.
std::string last_message(const std::string& text) {
  constexpr std::string_view kName = "gemel: ";
  std::string message;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    if (line.starts_with(kName)) message = line.substr(kName.size());
    begin = end + 1;
  }
  return message;
}

// "standard input:3: what" is where the third entry was written; all else is of the whole run.
[[noreturn]] void refuse(const SweepRun& run, const std::string& message) {
  constexpr std::string_view kInput = "standard input:";
  std::size_t line = 0;
  if (message.starts_with(kInput)) {
    const char* end = message.data() + message.size();
    const auto parsed = std::from_chars(message.data() + kInput.size(), end, line);
    if (line > 0 && line <= run.entries.size())
      throw UsageError(run.entries[line - 1].where + std::string(parsed.ptr, end));
  }
  throw UsageError(run.where + ": " + message);
}

}  // namespace

SweepFolder::SweepFolder(std::string path) : path_(std::move(path)) {
  std::error_code failed;
  fs::create_directories(path_, failed);
  if (failed) throw Error(path_, "cannot be made: " + failed.message());
  const std::string file = path_ + "/sweep.lock";
  lock_ = open(file.c_str(), O_RDWR | O_CREAT, 0666);  // runs inherit it and hold it to their end
  if (lock_ < 0) throw Error(file, std::string("cannot be opened: ") + std::strerror(errno));
  for (int i = 0; flock(lock_, LOCK_EX | LOCK_NB) != 0; ++i) {
    if (i == 0) note("waiting for another sweep in " + path_ + " to end");
    if (i == kLockTries) {
      close(lock_);
      throw Error(path_, "another sweep is at work there",
                  "wait for it, or choose another --directory");
    }
    usleep(kLockMicroseconds);
  }
}

SweepFolder::~SweepFolder() {
  close(lock_);
}

std::string SweepFolder::file(const SweepRun& run, const std::string& ending) const {
  return path_ + "/" + run.stem + ending;
}

std::string SweepFolder::resolve(const SweepRun& run, const std::atomic<bool>& stop) {
  std::string text;
  for (const SweepEntry& e : run.entries) text += config_line(e.name, e.value);
  text += config_line("output", file(run, ".safetensors"));
  const ScratchFile in(text), out, error;
  const ChildEnd end =
      run_self({"train", "--config", "-", "--print-config"},
               {in.descriptor(), out.descriptor(), error.descriptor()}, stop, [] {});
  if (stop) throw Interrupted();
  const std::string said = error.content();
  if (end.code != 0) {
    const std::size_t hint = said.find("\nTry '");
    refuse(run, last_message(said.substr(0, hint)));
  }
  constexpr std::string_view kIncomplete = "incomplete: ";
  const std::string message = last_message(said);
  if (message.starts_with(kIncomplete)) refuse(run, message.substr(kIncomplete.size()));
  const std::string config = out.content();
  return config + "\n" + std::string(kMark) + fingerprint(config) + "\n";
}

const std::string& SweepFolder::content_hash(const std::string& path) {
  std::string& hash = hashes_[path];
  if (!hash.empty()) return hash;
  const MappedFile mapped(path);
  const auto bytes = mapped.bytes();
  return hash = to_hex(hash128({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
}

std::string SweepFolder::fingerprint(const std::string& config) {
  std::string text;
  for (const ConfigEntry& e : parse_config(config, "configuration")) {
    if (e.name == "output" || e.name == "threads") continue;
    text += config_line(e.name, e.value);
    // "FILE" and "NAME=FILE"; an option that is no file at all names none.
    const std::size_t equals = e.value.find('=');
    for (const std::string& path :
         {e.value, equals == std::string::npos ? std::string() : e.value.substr(equals + 1)}) {
      std::error_code failed;
      if (fs::is_regular_file(path, failed)) text += content_hash(path) + "\n";
    }
  }
  return to_hex(hash128(text));
}

bool SweepFolder::finished(const SweepRun& run, const std::string& config, bool without_model,
                           RunFigures& figures) const {
  const std::string log = file(run, ".safetensors.log.jsonl");
  if (stored_fingerprint(file(run, ".conf")) != fingerprint_line(config)) return false;
  if (!without_model && !fs::is_regular_file(file(run, ".safetensors"))) return false;
  if (!fs::is_regular_file(log)) return false;
  figures = figures_from_log(read_file(log), log);
  return true;
}

std::string SweepFolder::train(const SweepRun& run, const std::string& config,
                               const std::atomic<bool>& stop) const {
  const std::string part = file(run, ".conf.part"), said = file(run, ".stderr");
  fs::remove(file(run, ".conf"));
  // A checkpoint of other options would be refused.
  if (stored_fingerprint(part) != fingerprint_line(config))
    fs::remove(file(run, ".safetensors.checkpoint"));
  write_whole(part, config);
  write_whole(said, "");
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  const int error = open(said.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (null < 0 || error < 0) {
    const std::string reason = std::strerror(errno);
    if (null >= 0) close(null);
    throw Error(said, "cannot be opened for writing: " + reason);
  }
  StatusLine status;
  ChildEnd end;
  try {
    end = run_self({"train", "--config", part}, {null, null, error}, stop, [&] {
      if (error_is_terminal()) status.show(run.stem + ": " + last_message(read_file(said)));
    });
  } catch (...) {
    close(null);
    close(error);
    throw;
  }
  close(null);
  close(error);
  status.clear();
  if (end.code == 0) {
    fs::rename(part, file(run, ".conf"));
    return "";
  }
  if (stop) throw Interrupted();
  if (end.signal) return "ended by signal " + std::to_string(end.signal);
  const std::string text = read_file(said);
  const std::string message = last_message(text.substr(0, text.find("\nTry '")));
  return message.empty() ? "exit code " + std::to_string(end.code) : message;
}

void SweepFolder::remove_model(const SweepRun& run) const {
  fs::remove(file(run, ".safetensors"));
}

}  // namespace gemel::app
