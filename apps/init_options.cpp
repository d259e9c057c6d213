#include "apps/init_options.hpp"

#include "apps/model_options.hpp"
#include "apps/model_path.hpp"
#include "apps/train_options_parts.hpp"
#include "model/bundle_file.hpp"

namespace gemel::app {
namespace {

bool trains_head(const CommandLine& line) {
  return checked_usage([&] { return read_loss_options(line).has(train::LossTerm::head); });
}

}  // namespace

std::string bundle_of_init(const CommandLine& line) {
  const auto given = line.find<std::string>("init");
  return given && !given->empty() ? find_model(*given) : "";
}

ConfigRecord options_of_init(const CommandLine& line) {
  const std::string path = bundle_of_init(line);
  if (path.empty()) return {};
  const BundleFile file(path);
  const Bundle& bundle = file.bundle();
  const ModelConfig& model = bundle.model;
  if (!model.siamese()) return {};
  ConfigRecord options = encoder_record(bundle.config());
  options.emplace_back("metric", name(bundle.metric));
  options.emplace_back("max-tokens", std::to_string(bundle.max_tokens));
  if (model.head_size > 0 && trains_head(line)) {
    options.emplace_back("head-size", std::to_string(model.head_size));
    options.emplace_back("head-input", name(model.head_input));
  }
  return options;
}

}  // namespace gemel::app
