#include "onnx/encoder_export.hpp"

#include <algorithm>
#include <cassert>
#include <gemel/error.hpp>
#include <limits>

#include "model/bundle_json.hpp"
#include "nn/towers.hpp"
#include "onnx/encoder_graph.hpp"

namespace gemel::onnx {
namespace {

constexpr std::int64_t kVersion = 7;  // of the file format; the oldest that has our operators
constexpr std::int64_t kMostBytes = std::numeric_limits<std::int32_t>::max();  // protobuf's
constexpr std::int64_t kSpareBytes = 1 << 22;  // for all that is not weights

void check_structure(const std::string& where, const EncoderConfig& config) {
  if (config.kind != EncoderKind::lstm)
    throw Error(where, "is of kind " + std::string(name(config.kind)) + "; ONNX export knows lstm",
                "train one with --encoder lstm");
  if (config.state_attention_heads > 0)
    throw Error(where, "attends to its states, which ONNX export does not know",
                "train one without --state-attention-heads");
  if (std::find(config.pooling.begin(), config.pooling.end(), Pooling::attention) !=
      config.pooling.end())
    throw Error(where, "has attention pooling; ONNX export knows mean, max and last",
                "train one with other --pooling");
}

// Bytes of the weights whose names begin with `prefix`; of a siamese model all but the pair head's.
std::int64_t weight_bytes(const ParameterLayout& layout, const std::string& prefix) {
  std::int64_t floats = 0;
  for (const ParameterInfo& p : layout.all())
    if (p.name.starts_with(prefix) && !p.name.starts_with("head.")) floats += p.size;
  return floats * static_cast<std::int64_t>(sizeof(float));
}

void write_metadata(schema::Model& model, const Bundle& bundle, const ExportOptions& options) {
  const auto put = [&](const std::string& key, const std::string& value) {
    schema::Property& property = *model.add_metadata_props();
    property.set_key(key);
    property.set_value(value);
  };
  put("fingerprint", bundle.fingerprint);
  if (!bundle.model.siamese()) put("tower", bundle.model.towers[options.tower].name);
  put("dimension", std::to_string(bundle.model.sentence_size()));
  put("vocabulary_size", std::to_string(bundle.config().vocabulary_size));
  put("empty_id", std::to_string(options.empty_id));
  for (const auto& [key, value] : metadata_from_bundle(bundle))
    for (const char* wanted : {"normalizer", "max_tokens", "metric", "thresholds", "calibration"})
      if (key == wanted) put(key, value);
}

}  // namespace

std::string export_tower(const BundleFile& file, const ExportOptions& options) {
  const Bundle& bundle = file.bundle();
  assert(options.tower < bundle.model.towers.size());
  const TowerConfig& tower = bundle.model.towers[options.tower];
  const std::string where =
      bundle.model.siamese() ? file.path() : file.path() + ", tower " + tower.name;
  const std::string prefix = nn::tower_prefix(bundle.model, options.tower);
  check_structure(where, tower.encoder);
  const nn::Towers towers(bundle.model, Precision::f32);
  const std::int64_t bytes = weight_bytes(towers.layout(), prefix);
  if (bytes > kMostBytes - kSpareBytes)
    throw Error(where,
                "has " + std::to_string(bytes >> 20) + " MiB of weights; an ONNX file holds 2047",
                "train one with a smaller vocabulary or embedding");
  file.check_parameters(towers.layout());
  ParameterBlock values(towers.layout());
  file.load_parameters(values);

  schema::Model model;
  model.set_ir_version(kVersion);
  model.set_producer_name("gemel");
  model.set_producer_version(options.version);
  schema::OperatorSet& operators = *model.add_opset_import();
  operators.set_domain("");
  operators.set_version(kOperatorSet);
  model.mutable_graph()->set_name("gemel encoder");
  write_encoder(*model.mutable_graph(), tower.encoder, values, prefix, options.empty_id);
  write_metadata(model, bundle, options);
  return model.SerializeAsString();
}

}  // namespace gemel::onnx
