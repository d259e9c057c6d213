#include <nlohmann/json.hpp>

#include "apps/bundle_files.hpp"
#include "apps/derived_model.hpp"
#include "apps/model_path.hpp"
#include "apps/terminal.hpp"
#include "apps/verbs.hpp"
#include "model/bundle_mean.hpp"

namespace gemel::app {
namespace {

using Json = nlohmann::ordered_json;

void declare(CommandLine& line) {
  add_derived_options(line, "the first model's");
  line.epilogue(
      "The mean is often better than each model, and as fast as one of them, where all\n"
      "were trained from the same weights ('gemel train --init') with other seeds, data or\n"
      "options; of models that were not, it is useless. It has no thresholds and no\n"
      "calibration yet:\n\n"
      "  gemel average -o mean.safetensors a.safetensors b.safetensors c.safetensors\n"
      "  gemel evaluate -m mean.safetensors --precision bf16,int8 --write dev.tsv\n"
      "  gemel evaluate -m mean.safetensors --write dev.tsv");
}

// Which models, and how each was trained.
std::string training_record(const std::vector<BundleFile>& files) {
  Json record = {{"mean_of", Json::array()}};
  for (const BundleFile& file : files)
    record["mean_of"].push_back(
        {{"fingerprint", file.bundle().fingerprint},
         {"training", Json::parse(file.bundle().training, nullptr, false)}});
  return record.dump();
}

}  // namespace

int run_average(Arguments arguments) {
  CommandLine line("average", "MODEL…", "Writes the mean of several models' weights as a model.");
  declare(line);
  if (!line.parse(arguments)) return 0;
  if (line.positional().size() < 2) throw UsageError("give two models or more");
  check_derived_storage(line);
  std::vector<std::string> paths;
  for (const std::string& name : line.positional()) paths.push_back(find_model(name));
  check_derived_output(line, paths);
  const std::vector<BundleFile> files(paths.begin(), paths.end());
  const nn::Towers model(files.front().bundle().model, Precision::f32);
  ParameterBlock mean(model.layout());
  mean_parameters(files, mean);
  const std::string written =
      write_derived(line, files.front(), model, mean, training_record(files));
  note(line.get<std::string>("output") + ": the mean of " +
       counted(static_cast<std::int64_t>(files.size()), "model") + written);
  return 0;
}

}  // namespace gemel::app
