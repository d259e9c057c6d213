#include "apps/derived_model.hpp"

#include <optional>

#include "apps/output_places.hpp"
#include "apps/self_tests.hpp"
#include "infer/bundle_tokenizer.hpp"

namespace gemel::app {
namespace {

std::optional<StorageType> given_storage(const CommandLine& line) {
  const auto name = line.find<std::string>("storage");
  if (!name) return {};
  return checked_usage([&] { return storage_from_name(*name); });
}

}  // namespace

void add_derived_options(CommandLine& line, const std::string& like) {
  line.group("Options").add_options()                                                  //
      ("output,o", po::value<std::string>()->required(), "the model bundle to write")  //
      ("storage", po::value<std::string>(),
       ("type of the stored weights: bf16, int8 or f32; default: as " + like).c_str())  //
      ("notes", po::value<std::string>(),
       ("free text kept in the model; default: " + like).c_str());
}

void check_derived_output(const CommandLine& line, const std::vector<std::string>& inputs) {
  const std::string output = line.get<std::string>("output");
  check_no_replacement({output}, inputs);
  check_writable({output});
}

void check_derived_storage(const CommandLine& line) {
  given_storage(line);
}

std::string write_derived(const CommandLine& line, const BundleFile& first, const nn::Towers& model,
                          ParameterBlock& values, const std::string& training) {
  const StorageType storage = given_storage(line).value_or(first.storage());
  round_to_storage(values, storage);
  const Bundle& like = first.bundle();
  Bundle bundle;
  bundle.model = like.model;
  bundle.metric = like.metric;
  bundle.tokenizer_model = like.tokenizer_model;
  bundle.normalizer = like.normalizer;
  bundle.max_tokens = like.max_tokens;
  bundle.notes = line.find<std::string>("notes").value_or(like.notes);
  bundle.training = training;
  bundle.self_tests = make_self_tests(model, values, bundle_tokenizer(first));
  const std::string output = line.get<std::string>("output");
  const std::string fingerprint = write_bundle(output, bundle, values, storage);
  return ", fingerprint " + fingerprint + "; it has no thresholds yet: 'gemel evaluate -m " +
         output + " --write DEV'";
}

}  // namespace gemel::app
