#pragma once
#include <string>

#include "core/model_config.hpp"

namespace gemel {

/// A structure as JSON text and back, with every field by its name in EncoderConfig. Reading
/// ignores unknown fields, gives missing ones their defaults, and validates.
/// @param where prefix for messages, e.g. "model.safetensors, encoder"
std::string encoder_config_to_json(const EncoderConfig&);
EncoderConfig encoder_config_from_json(const std::string& where, const std::string& text);

/// {"towers": [{"name", "encoder"}, …], "links": ["a:b", …]}; the first tower's encoder stands
/// elsewhere in the bundle and is left out. Reading does not validate the whole.
std::string towers_to_json(const ModelConfig&);
ModelConfig towers_from_json(const std::string& where, const std::string& text,
                             const EncoderConfig& first);

/// Least format version whose readers compute such a model rightly.
int needed_version(const ModelConfig&);

}  // namespace gemel
