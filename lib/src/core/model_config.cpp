#include "core/model_config.hpp"

#include <algorithm>
#include <array>

#include "core/check.hpp"

namespace gemel {
namespace {

constexpr std::array<std::string_view, 2> kHeadInputs = {"embedding", "pooled"};

int tower_index(const std::vector<TowerConfig>& towers, std::string_view name) {
  std::vector<std::string_view> names;
  for (const TowerConfig& tower : towers) names.push_back(tower.name);
  return static_cast<int>(index_of_name("tower", name, names));
}

bool valid_name(const std::string& name) {
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

// Where a pair head reads pooled vectors.
void check_pooled(const std::vector<TowerConfig>& towers) {
  const std::int64_t size = towers[0].encoder.pooled_size();
  for (const TowerConfig& tower : towers) {
    if (tower.encoder.projection_size == 0)
      throw Error("head_input", "is pooled, but the embedding is the pooled vector itself",
                  "set --projection-size, or --head-input embedding");
    if (tower.encoder.pooled_size() != size)
      throw Error("tower " + tower.name,
                  "has pooled vectors of " + std::to_string(tower.encoder.pooled_size()) +
                      " floats, tower " + towers[0].name + " of " + std::to_string(size),
                  "a pair head that reads them needs one size; or set --head-input embedding");
  }
}

}  // namespace

std::string_view name(HeadInput input) {
  return kHeadInputs[static_cast<std::size_t>(input)];
}
HeadInput head_input_from_name(std::string_view name) {
  return static_cast<HeadInput>(index_of_name("head_input", name, kHeadInputs));
}

int ModelConfig::tower(std::string_view name) const {
  return tower_index(towers, name);
}

std::size_t ModelConfig::chosen_tower(std::string_view name) const {
  if (!name.empty()) return static_cast<std::size_t>(tower(name));
  if (siamese()) return 0;
  std::string names;
  for (const TowerConfig& t : towers) names += (names.empty() ? "" : ", ") + t.name;
  throw Error("tower", "is needed, because this model has " + std::to_string(towers.size()),
              "choose among " + names);
}

std::string ModelConfig::link_name(std::size_t link) const {
  const TowerLink& l = links[link];
  return towers[static_cast<std::size_t>(l.a)].name + ":" +
         towers[static_cast<std::size_t>(l.b)].name;
}

void ModelConfig::validate() const {
  check_range("towers", towers.size(), 1, 16);
  check_range("links", links.size(), 1, 256);
  check_range("head_size", head_size, 0, 4096);
  check_range("head_dropout", head_dropout, 0.0f, 0.99f);
  for (std::size_t i = 0; i < towers.size(); ++i) {
    const TowerConfig& tower = towers[i];
    if (!valid_name(tower.name))
      throw Error("tower", "'" + tower.name + "' is no name",
                  "take 1 to 32 of a to z, 0 to 9, '-' and '_'");
    for (std::size_t j = 0; j < i; ++j)
      if (towers[j].name == tower.name)
        throw Error("tower", "'" + tower.name + "' is named twice", "give each its own name");
    tower.encoder.validate();
    if (tower.encoder.sentence_size() != sentence_size())
      throw Error("tower " + tower.name,
                  "has embeddings of " + std::to_string(tower.encoder.sentence_size()) +
                      " floats, tower " + towers[0].name + " of " + std::to_string(sentence_size()),
                  "give both the same --projection-size");
    if (tower.encoder.vocabulary_size != towers[0].encoder.vocabulary_size)
      throw Error("tower " + tower.name, "has another vocabulary than tower " + towers[0].name,
                  "all towers share one tokenizer");
  }
  if (head_input == HeadInput::pooled) check_pooled(towers);
  const auto count = static_cast<int>(towers.size());
  for (std::size_t i = 0; i < links.size(); ++i) {
    check_range("link", links[i].a, 0, count - 1);
    check_range("link", links[i].b, 0, count - 1);
    if (std::find(links.begin(), links.begin() + static_cast<std::ptrdiff_t>(i), links[i]) !=
        links.begin() + static_cast<std::ptrdiff_t>(i))
      throw Error("links", "'" + link_name(i) + "' is named twice", "");
  }
}

std::vector<TowerLink> links_from_text(const std::vector<TowerConfig>& towers,
                                       std::string_view text) {
  std::vector<TowerLink> links;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view item = text.substr(0, comma);
    const std::size_t colon = item.find(':');
    if (colon == std::string_view::npos)
      throw Error("links", "'" + std::string(item) + "' is no pair of towers",
                  "write tower:tower, several with commas between");
    links.push_back(
        {tower_index(towers, item.substr(0, colon)), tower_index(towers, item.substr(colon + 1))});
    if (comma == std::string_view::npos) return links;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace gemel
