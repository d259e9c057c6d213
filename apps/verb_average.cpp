#include <gemel/error.hpp>
#include <nlohmann/json.hpp>
#include <optional>

#include "apps/bundle_files.hpp"
#include "apps/command_line.hpp"
#include "apps/model_path.hpp"
#include "apps/output_places.hpp"
#include "apps/self_tests.hpp"
#include "apps/terminal.hpp"
#include "apps/verbs.hpp"
#include "infer/bundle_tokenizer.hpp"
#include "model/bundle_mean.hpp"

namespace gemel::app {
namespace {

using Json = nlohmann::ordered_json;

void declare(CommandLine& line) {
  line.group("Options").add_options()                                                  //
      ("output,o", po::value<std::string>()->required(), "the model bundle to write")  //
      ("storage", po::value<std::string>(),
       "type of the stored weights: bf16, int8 or f32; default: as the first model's")  //
      ("notes", po::value<std::string>(),
       "free text kept in the model; default: the first model's");
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

Bundle mean_bundle(const std::vector<BundleFile>& files, const CommandLine& line) {
  const Bundle& first = files.front().bundle();
  Bundle bundle;
  bundle.model = first.model;
  bundle.metric = first.metric;
  bundle.tokenizer_model = first.tokenizer_model;
  bundle.normalizer = first.normalizer;
  bundle.max_tokens = first.max_tokens;
  bundle.notes = line.find<std::string>("notes").value_or(first.notes);
  bundle.training = training_record(files);
  return bundle;
}

}  // namespace

int run_average(Arguments arguments) {
  CommandLine line("average", "MODEL…", "Writes the mean of several models' weights as a model.");
  declare(line);
  if (!line.parse(arguments)) return 0;
  if (line.positional().size() < 2) throw UsageError("give two models or more");
  std::optional<StorageType> given;
  if (const auto name = line.find<std::string>("storage"))
    given = checked_usage([&] { return storage_from_name(*name); });
  std::vector<std::string> paths;
  for (const std::string& name : line.positional()) paths.push_back(find_model(name));
  const std::string output = line.get<std::string>("output");
  check_no_replacement({output}, paths);
  check_writable({output});
  const std::vector<BundleFile> files(paths.begin(), paths.end());
  const nn::Towers model(files.front().bundle().model, Precision::f32);
  ParameterBlock mean(model.layout());
  mean_parameters(files, mean);
  const StorageType storage = given.value_or(files.front().storage());
  round_to_storage(mean, storage);
  Bundle bundle = mean_bundle(files, line);
  bundle.self_tests = make_self_tests(model, mean, bundle_tokenizer(files.front()));
  const std::string fingerprint = write_bundle(output, bundle, mean, storage);
  note(output + ": the mean of " + counted(static_cast<std::int64_t>(files.size()), "model") +
       ", fingerprint " + fingerprint + "; it has no thresholds yet: 'gemel evaluate -m " + output +
       " --write DEV'");
  return 0;
}

}  // namespace gemel::app
