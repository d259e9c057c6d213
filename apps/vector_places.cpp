#include "apps/vector_places.hpp"

#include <filesystem>
#include <gemel/error.hpp>

namespace gemel::app {
namespace {

namespace fs = std::filesystem;

bool is_stream(const std::string& path) {
  std::error_code failed;
  const fs::file_status status = fs::status(path, failed);
  return path == "-" ||
         (fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status));
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code failed;
  return !a.empty() && a != "-" &&
         (a == b || (fs::is_regular_file(b, failed) && fs::equivalent(a, b, failed)));
}

output::VectorFormat wanted_format(const CommandLine& line, const std::string& path) {
  try {
    if (const auto given = line.find<std::string>("vector-format"))
      return output::vector_format_from_name(*given);
    return output::vector_format_of_path(path == "-" ? "standard output" : path);
  } catch (const Error& e) {
    throw UsageError(e.what());
  }
}

}  // namespace

void add_vector_options(CommandLine& line) {
  line.group("Output").add_options()                                                    //
      ("output,o", po::value<std::string>(), "file of vectors, - for standard output")  //
      ("vector-format", po::value<std::string>(),
       "npy, fvecs, fbin, f32 or jsonl; default: by --output's ending")  //
      ("with-text", po::bool_switch(), "jsonl: each row's text too")     //
      ("manifest", po::value<std::string>(), "where the manifest goes, instead of OUTPUT.json");
}

VectorPlaces choose_vector_places(const CommandLine& line, const std::vector<std::string>& inputs) {
  VectorPlaces places;
  if (!line.has("output")) throw UsageError("missing --output FILE, or - for standard output");
  places.vectors = line.get<std::string>("output");
  if (places.vectors.empty()) throw UsageError("--output is empty");
  places.format = wanted_format(line, places.vectors);
  places.with_text = line.get<bool>("with-text");
  if (places.with_text && places.format != output::VectorFormat::jsonl)
    throw UsageError("--with-text goes with jsonl, not with " + std::string(name(places.format)));
  if (!is_stream(places.vectors)) {
    places.ids = places.vectors + ".ids";
    places.manifest = places.vectors + ".json";
  } else if (has_count_in_header(places.format)) {
    throw UsageError(std::string(name(places.format)) +
                     " needs the number of rows in its header and cannot go to a pipe; choose "
                     "fvecs, f32 or jsonl, or write to a file");
  }
  if (const auto manifest = line.find<std::string>("manifest")) places.manifest = *manifest;
  const std::string* outputs[] = {&places.vectors, &places.ids, &places.manifest};
  for (const std::string* path : outputs) {
    for (const std::string& input : inputs)
      if (same_file(*path, input))
        throw UsageError("'" + *path + "' would replace a file that is read");
  }
  if (places.manifest == places.vectors || (!places.ids.empty() && places.manifest == places.ids))
    throw UsageError("--manifest names the same place as --output or its ids");
  return places;
}

}  // namespace gemel::app
