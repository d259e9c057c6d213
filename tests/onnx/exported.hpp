#pragma once
#include <map>
#include <string>

#include "infer/bundle_tokenizer.hpp"
#include "onnx/encoder_export.hpp"
#include "onnx/onnx_subset.pb.h"
#include "tests/infer/tiny_model.hpp"
#include "tests/model/sample_bundle.hpp"

namespace gemel::test {

/// The tiny model as an encoder that can be exported.
inline Bundle plain_bundle() {
  Bundle b = tiny_bundle();
  b.config().pooling = {Pooling::mean, Pooling::max};
  return b;
}

/// The ONNX model of a tower of a bundle's file, read again from its bytes.
inline onnx::schema::Model exported(const std::string& path, std::size_t tower = 0) {
  const BundleFile file(path);
  onnx::ExportOptions options;
  options.tower = tower;
  options.empty_id = bundle_tokenizer(file).empty_id();
  options.version = "1.2.3";
  onnx::schema::Model model;
  REQUIRE(model.ParseFromString(onnx::export_tower(file, options)));
  return model;
}

inline std::map<std::string, std::string> metadata(const onnx::schema::Model& model) {
  std::map<std::string, std::string> facts;
  for (const auto& entry : model.metadata_props()) facts[entry.key()] = entry.value();
  REQUIRE(static_cast<int>(facts.size()) == model.metadata_props_size());
  return facts;
}

}  // namespace gemel::test
