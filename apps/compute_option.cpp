#include "apps/compute_option.hpp"

#include <gemel/error.hpp>

#include "core/encoder_config.hpp"

namespace gemel::app {

void add_compute_option(CommandLine& line) {
  line.group("Options").add_options()  //
      ("compute", po::value<std::string>()->default_value("auto"),
       "precision to embed in: f32, bf16, int8 or auto, the fastest that 'gemel evaluate "
       "--precision' or 'gemel train' found good enough for this model");
}

std::optional<Precision> compute_from_text(const std::string& text, const char* option) {
  if (text == "auto") return std::nullopt;
  try {
    return precision_from_name(text);
  } catch (const Error& e) {
    throw UsageError(std::string(option) + ": " + e.problem() + "; " + e.advice() + ", auto");
  }
}

std::optional<Precision> read_compute(const CommandLine& line) {
  return compute_from_text(line.get<std::string>("compute"), "compute");
}

}  // namespace gemel::app
