#include "structure/ladder.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <regex>

namespace gemel::structure {
namespace {

namespace fs = std::filesystem;
using Views = std::vector<std::string_view>;
constexpr int kMostLines = 250;

// CONTRIBUTING.md draws the same. The first rung that fits counts: a folder inside another rung's
// stands before that one. "errors" is gemel/error.hpp alone, "gemel" every public header.
const std::vector<Rung> kLadder = {
    {"lib/include/gemel", "gemel", {}},
    {"tokenizer", "tokenizer", {"errors"}},
    {"corpora", "corpora", {"errors"}},
    {"lib/src/core", "core", {"errors"}},
    {"lib/src/dnn", "dnn", {"errors", "core"}},
    {"lib/src/nn", "nn", {"errors", "core", "dnn"}},
    {"lib/src/loss", "loss", {"errors", "core"}},
    {"lib/src/model", "model", {"errors", "core"}},
    {"lib/src/search", "search", {"errors", "core"}},
    {"lib/src/train/evaluation", "train/evaluation", {"errors", "core"}},
    {"lib/src/infer", "infer", {"errors", "core", "dnn", "nn", "model", "tokenizer"}},
    {"lib/src/onnx", "onnx", {"errors", "core", "dnn", "nn", "model"}},
    {"lib/src/api", "api", {"gemel", "core", "model", "search", "infer", "tokenizer"}},
    {"lib/src/train",
     "train",
     {"errors", "core", "dnn", "nn", "loss", "model", "search", "train/evaluation", "corpora",
      "tokenizer"}},
    {"apps",
     "apps",
     {"gemel", "core", "dnn", "nn", "loss", "model", "search", "train/evaluation", "infer", "onnx",
      "api", "train", "corpora", "tokenizer"}},
};

// Third-party headers that one folder hides from all others.
struct Hidden {
  std::string_view prefix, owner;
};
constexpr std::array kHidden = {
    Hidden{"dnnl", "dnn"},
    Hidden{"oneapi/dnnl", "dnn"},
    Hidden{"sentencepiece", "tokenizer"},
    Hidden{"csv.h", "corpora"},
    Hidden{"google/protobuf", "onnx"},
    Hidden{"boost/program_options", "apps"},
};

bool starts(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix);
}

bool contains(const Views& views, std::string_view wanted) {
  return std::find(views.begin(), views.end(), wanted) != views.end();
}

const Rung* rung_of_file(std::string_view file) {
  for (const Rung& rung : kLadder)
    if (starts(file, rung.folder) && file[rung.folder.size()] == '/') return &rung;
  return nullptr;
}

const Rung* rung_of_include(std::string_view header) {
  for (const Rung& rung : kLadder)
    if (starts(header, rung.name) && header.size() > rung.name.size() &&
        header[rung.name.size()] == '/')
      return &rung;
  return nullptr;
}

bool is_standard(std::string_view header) {
  return header.find_first_of("./") == std::string_view::npos || header == "stddef.h" ||
         header == "stdint.h" || header == "stdbool.h";
}

// What is wrong with one include of a file on `from`; empty where nothing is.
std::string complaint(const Rung& from, const std::string& header, bool quoted) {
  const std::string says = std::string(from.name) + " includes " + header;
  const Rung* to = rung_of_include(header);
  if (to == &from) return "";
  if (to) {
    if (contains(from.below, to->name)) return "";
    if (contains(from.below, "errors") && header == "gemel/error.hpp") return "";
    return says + ", which points up the ladder";
  }
  if (quoted) return says + ", which names no folder of the ladder";
  if (from.name == "gemel" && !is_standard(header))
    return says + ", but a public header knows the standard library only";
  for (const Hidden& hidden : kHidden)
    if (starts(header, hidden.prefix) && hidden.owner != from.name)
      return says + ", which only " + std::string(hidden.owner) + " may know";
  return "";
}

void check_file(const fs::path& path, const std::string& name, std::vector<std::string>& found) {
  static const std::regex include(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  const Rung* rung = rung_of_file(name);
  if (!rung) {
    found.push_back(name + ":1: lies in no folder of the ladder");
    return;
  }
  std::ifstream in(path);
  std::string line;
  int number = 0;
  while (std::getline(in, line)) {
    ++number;
    std::smatch match;
    if (!std::regex_search(line, match, include)) continue;
    const std::string wrong = complaint(*rung, match[2], match[1] == "\"");
    if (!wrong.empty()) found.push_back(name + ":" + std::to_string(number) + ": " + wrong);
  }
  if (number > kMostLines)
    found.push_back(name + ":" + std::to_string(number) + ": is longer than " +
                    std::to_string(kMostLines) + " lines");
}

}  // namespace

std::span<const Rung> ladder() {
  return kLadder;
}

std::vector<std::string> violations(const fs::path& root) {
  std::vector<std::string> found;
  for (const char* top : {"lib", "tokenizer", "corpora", "apps"}) {
    if (!fs::exists(root / top)) continue;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / top)) {
      const std::string extension = entry.path().extension();
      if (!entry.is_regular_file() ||
          (extension != ".hpp" && extension != ".cpp" && extension != ".h"))
        continue;
      check_file(entry.path(), entry.path().lexically_relative(root).generic_string(), found);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace gemel::structure
