#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gemel::structure {

/// One folder of the ladder and the folders whose headers its files may include, beside its own.
struct Rung {
  std::string_view folder;  // from the repository's root: "lib/src/core", "apps"
  std::string_view name;    // as includes begin and as messages say it: "core"
  std::vector<std::string_view> below;
};

/// The ladder, lowest rung first.
std::span<const Rung> ladder();

/// What breaks the rules in the .hpp, .cpp and .h files below root's lib, tokenizer, corpora and
/// apps, as "FILE:LINE: what", sorted:
/// an include that points up the ladder or to no rung; a third-party header outside the one folder
/// that may know it; anything but the standard library in a public header; a file longer than
/// 250 lines; a source folder that the ladder does not know.
std::vector<std::string> violations(const std::filesystem::path& root);

}  // namespace gemel::structure
