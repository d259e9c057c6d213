#include "model/model_json.hpp"

#include "model/json_fields.hpp"

namespace gemel {

using nlohmann::ordered_json;

std::string encoder_config_to_json(const EncoderConfig& c) {
  ordered_json pooling = ordered_json::array();
  for (const Pooling p : c.pooling) pooling.push_back(name(p));
  ordered_json json = {{"vocabulary_size", c.vocabulary_size},
                       {"embedding_size", c.embedding_size},
                       {"hidden_size", c.hidden_size},
                       {"layers", c.layers},
                       {"pooling", pooling},
                       {"attention_heads", c.attention_heads},
                       {"attention_size", c.attention_size},
                       {"projection_size", c.projection_size},
                       {"unit_length", c.unit_length},
                       {"dropout_embedding", c.dropout_embedding},
                       {"dropout_layer", c.dropout_layer},
                       {"dropout_output", c.dropout_output}};
  // Younger fields stand only where they say something, so that older files keep their bytes.
  const EncoderConfig defaults;
  if (c.kind != defaults.kind) json["kind"] = name(c.kind);
  if (c.shortcut != defaults.shortcut) json["shortcut"] = c.shortcut;
  if (c.widths != defaults.widths) json["widths"] = c.widths;
  if (c.state_attention_heads != defaults.state_attention_heads)
    json["state_attention_heads"] = c.state_attention_heads;
  if (c.attention_penalty != defaults.attention_penalty)
    json["attention_penalty"] = c.attention_penalty;
  return json.dump();
}

EncoderConfig encoder_config_from_json(const std::string& where, const std::string& text) {
  const JsonFields fields = JsonFields::parse(where, text);
  EncoderConfig c;
  fields.require("vocabulary_size", c.vocabulary_size);
  fields.require("embedding_size", c.embedding_size);
  fields.require("hidden_size", c.hidden_size);
  fields.require("layers", c.layers);
  fields.read("attention_heads", c.attention_heads);
  fields.read("attention_size", c.attention_size);
  fields.read("projection_size", c.projection_size);
  fields.read("unit_length", c.unit_length);
  fields.read("dropout_embedding", c.dropout_embedding);
  fields.read("dropout_layer", c.dropout_layer);
  fields.read("dropout_output", c.dropout_output);
  fields.read("shortcut", c.shortcut);
  fields.read("widths", c.widths);
  fields.read("state_attention_heads", c.state_attention_heads);
  fields.read("attention_penalty", c.attention_penalty);
  std::string kind(name(c.kind));
  fields.read("kind", kind);
  std::vector<std::string> pooling;
  fields.require("pooling", pooling);
  return with_place(where + ".", [&] {
    c.kind = encoder_kind_from_name(kind);
    c.pooling.clear();
    for (const std::string& p : pooling) c.pooling.push_back(pooling_from_name(p));
    c.validate();
    return c;
  });
}

std::string towers_to_json(const ModelConfig& model) {
  ordered_json towers = ordered_json::array(), links = ordered_json::array();
  for (const TowerConfig& tower : model.towers) {
    ordered_json& item = towers.emplace_back(ordered_json{{"name", tower.name}});
    if (&tower != &model.towers.front())
      item["encoder"] = ordered_json::parse(encoder_config_to_json(tower.encoder));
  }
  for (std::size_t l = 0; l < model.links.size(); ++l) links.push_back(model.link_name(l));
  return ordered_json{{"towers", towers}, {"links", links}}.dump();
}

ModelConfig towers_from_json(const std::string& where, const std::string& text,
                             const EncoderConfig& first) {
  const JsonFields fields = JsonFields::parse(where, text);
  ModelConfig model;
  model.towers.clear();
  for (const JsonFields& item : fields.objects("towers")) {
    TowerConfig tower;
    item.require("name", tower.name);
    tower.encoder = model.towers.empty()
                        ? first
                        : encoder_config_from_json(where + " " + tower.name, item.dump("encoder"));
    model.towers.push_back(tower);
  }
  std::vector<std::string> links;
  fields.require("links", links);
  return with_place(where + ", ", [&] {
    model.links.clear();
    for (const std::string& link : links)
      for (const TowerLink& l : links_from_text(model.towers, link)) model.links.push_back(l);
    return model;
  });
}

int needed_version(const ModelConfig& model) {
  if (model.head_input == HeadInput::pooled) return 4;
  if (!model.siamese() || model.head_size > 0) return 2;
  const EncoderConfig& c = model.towers.front().encoder;
  return c.kind != EncoderKind::lstm || c.shortcut || c.state_attention_heads > 0 ? 2 : 1;
}

}  // namespace gemel
