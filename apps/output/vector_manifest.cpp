#include "apps/output/vector_manifest.hpp"

#include <nlohmann/json.hpp>

namespace gemel::output {
namespace {

nlohmann::ordered_json or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  return text;
}

}  // namespace

std::string to_json(const VectorManifest& m) {
  using Json = nlohmann::ordered_json;
  const Json j = {{"gemel", m.version},
                  {"file", or_null(m.file)},
                  {"format", name(m.format)},
                  {"count", m.count},
                  {"dimension", m.dimension},
                  {"dtype", "float32"},
                  {"xxh3_128", m.checksum},
                  {"ids", or_null(m.ids_file)},
                  {"ids_xxh3_128", or_null(m.ids_checksum)},
                  {"model", m.model},
                  {"fingerprint", m.fingerprint},
                  {"tower", or_null(m.tower)},
                  {"metric", m.metric},
                  {"precision", m.precision},
                  {"max_tokens", m.max_tokens},
                  {"source", m.source},
                  {"bad_rows", m.bad_rows},
                  {"empty_texts", m.empty_texts},
                  {"truncated_texts", m.truncated_texts}};
  return j.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace gemel::output
