#include "apps/model_path.hpp"

#include <cstdlib>
#include <filesystem>
#include <gemel/error.hpp>
#include <vector>

namespace gemel::app {
namespace {

namespace fs = std::filesystem;
constexpr const char* kDefaultModel = "en";

std::vector<fs::path> shipped_folders() {
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  if (failed) return {};
  const fs::path folder = program.parent_path();
  return {folder / "../share/gemel/models", folder / "../../../models"};
}

}  // namespace

std::string find_model(const std::string& given) {
  if (!given.empty() && given.find_first_of("/.") != std::string::npos) return given;
  if (!given.empty() && fs::exists(given) && !fs::is_directory(given)) return given;
  const char* environment = std::getenv("GEMEL_MODEL");
  if (given.empty() && environment && *environment) return environment;
  const std::string file = (given.empty() ? kDefaultModel : given) + std::string(".safetensors");
  std::string looked;
  for (const fs::path& folder : shipped_folders()) {
    const fs::path candidate = (folder / file).lexically_normal();
    if (fs::exists(candidate)) return candidate.string();
    looked += (looked.empty() ? "" : ", ") + candidate.string();
  }
  throw Error("model",
              (given.empty() ? "none was given and " : "'" + given + "' is no file, and ") + file +
                  " is not at " + looked,
              given.empty() ? "give --model FILE or set GEMEL_MODEL" : "give a file");
}

}  // namespace gemel::app
