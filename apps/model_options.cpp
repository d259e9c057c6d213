#include "apps/model_options.hpp"

#include <charconv>
#include <gemel/error.hpp>
#include <sstream>

#include "apps/option_value.hpp"
#include "core/check.hpp"

namespace gemel::app {
namespace {

std::string text_of(int number) {
  return std::to_string(number);
}
std::string text_of(Pooling kind) {
  return std::string(name(kind));
}

template <class T>
std::string list_of(const std::vector<T>& items) {
  std::string text;
  for (const T item : items) text += (text.empty() ? "" : ",") + text_of(item);
  return text;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> items;
  std::istringstream stream(text);
  for (std::string item; std::getline(stream, item, separator);)
    if (!item.empty()) items.push_back(item);
  return items;
}

std::vector<int> widths_from_list(const std::string& list) {
  std::vector<int> widths;
  for (const std::string& item : split(list, ',')) {
    int width = 0;
    const auto [end, error] = std::from_chars(item.data(), item.data() + item.size(), width);
    if (error != std::errc() || end != item.data() + item.size())
      throw Error("widths", "'" + item + "' is no whole number", "write for instance 1,2,3");
    widths.push_back(width);
  }
  return widths;
}

// Each option from `own` where it was given there, else from `line`.
EncoderConfig read_encoder(const CommandLine& line, const CommandLine* own,
                           std::int64_t vocabulary_size) {
  const auto from = [&](const char* name) -> const CommandLine& {
    return own && own->given(name) ? *own : line;
  };
  const auto number = [&](const char* name) { return from(name).get<std::int64_t>(name); };
  const auto small = [&](const char* name) { return from(name).get<int>(name); };
  const auto real = [&](const char* name) { return from(name).get<float>(name); };
  const auto text = [&](const char* name) { return from(name).get<std::string>(name); };
  const auto on = [&](const char* name) { return from(name).get<bool>(name); };
  EncoderConfig c;
  c.vocabulary_size = vocabulary_size;
  c.kind = encoder_kind_from_name(text("encoder"));
  c.embedding_size = number("embedding-size");
  c.hidden_size = number("hidden-size");
  c.layers = small("layers");
  c.shortcut = on("shortcut");
  c.widths = widths_from_list(text("widths"));
  c.pooling = poolings_from_list(text("pooling"));
  c.attention_heads = small("attention-heads");
  c.attention_size = number("attention-size");
  c.attention_penalty = real("attention-penalty");
  c.state_attention_heads = small("state-attention-heads");
  c.projection_size = number("projection-size");
  c.unit_length = on("unit-length");
  c.dropout_embedding = real("dropout-embedding");
  c.dropout_layer = real("dropout-layer");
  c.dropout_output = real("dropout-output");
  return c;
}

// "passage encoder=cnn hidden-size=100"
TowerConfig read_tower(const CommandLine& line, const std::string& spec,
                       std::int64_t vocabulary_size) {
  std::vector<std::string> arguments = split(spec, ' ');
  TowerConfig tower;
  tower.name = arguments.empty() ? "" : arguments.front();
  if (!arguments.empty()) arguments.erase(arguments.begin());
  CommandLine own("train", "", "");
  add_encoder_options(own);
  for (std::string& argument : arguments)
    argument = argument.ends_with("=true") ? "--" + argument.substr(0, argument.size() - 5)
                                           : "--" + argument;
  try {
    own.parse(arguments);
  } catch (const UsageError& e) {
    throw Error("tower " + tower.name, e.what(),
                "write NAME key=value …, keys as --encoder's group");
  }
  tower.encoder = read_encoder(line, &own, vocabulary_size);
  return tower;
}

}  // namespace

void add_encoder_options(CommandLine& line) {
  const EncoderConfig c;
  line.group("Encoder").add_options()  //
      ("encoder", option_value(name(c.kind)),
       "lstm, gru, cnn (convolutions of several widths) or average (of token embeddings)")  //
      ("embedding-size", option_value(c.embedding_size), "E, floats a token")               //
      ("hidden-size", option_value(c.hidden_size),
       "H: floats a direction of lstm and gru, filters a width of cnn, units of average's "
       "layers")                                                                               //
      ("layers", option_value(c.layers), "recurrent layers; of average, feed-forward layers")  //
      ("shortcut", po::bool_switch(),
       "each recurrent layer reads the token embeddings and all lower layers' outputs")  //
      ("widths", option_value(list_of(c.widths)), "cnn: windows in tokens")              //
      ("pooling", option_value("mean,max"),
       "how states become one vector: mean, max, last, attention, or several, concatenated")  //
      ("attention-heads", option_value(c.attention_heads), "heads of attention pooling")      //
      ("attention-size", option_value(c.attention_size),
       "hidden units of the attention scorer")  //
      ("attention-penalty", option_value(c.attention_penalty),
       "coefficient against heads that look at the same tokens")  //
      ("state-attention-heads", option_value(c.state_attention_heads),
       "heads of self-attention over the states before pooling; 0 for none")  //
      ("projection-size", option_value(c.projection_size),
       "D of a linear projection; 0 for none")                                                   //
      ("unit-length", po::bool_switch(), "divide embeddings by their Euclidean norm")            //
      ("dropout-embedding", option_value(c.dropout_embedding), "probability, token embeddings")  //
      ("dropout-layer", option_value(c.dropout_layer), "probability, between layers")            //
      ("dropout-output", option_value(0.1f), "probability, pooled vector");
}

void add_tower_options(CommandLine& line) {
  line.group("Towers").add_options()  //
      ("tower", po::value<std::vector<std::string>>()->composing(),
       "an encoder of its own for the first texts, the second for the second and so on: "
       "\"NAME\" or "
       "\"NAME encoder=cnn hidden-size=100 …\"; repeat it for each; without it one for all "
       "texts")  //
      ("links", po::value<std::string>(),
       "towers whose embeddings are compared, a:b,a:c; default: each with each")  //
      ("head-size", option_value(ModelConfig().head_size),
       "hidden units of a pair head, a classifier over both texts; 0 for none")             //
      ("head-dropout", option_value(0.1f), "probability, on the pair head's hidden units")  //
      ("head-input", po::value<std::string>()->default_value("embedding"),
       "what the pair head reads: embedding, or pooled, the pooled vectors before the projection "
       "too");
}

std::vector<Pooling> poolings_from_list(const std::string& list) {
  std::vector<Pooling> kinds;
  for (const std::string& item : split(list, ',')) kinds.push_back(pooling_from_name(item));
  return kinds;
}

EncoderConfig read_encoder_options(const CommandLine& line, std::int64_t vocabulary_size) {
  const EncoderConfig config = read_encoder(line, nullptr, vocabulary_size);
  config.validate();
  return config;
}

ConfigRecord encoder_record(const EncoderConfig& c) {
  const auto text = [](bool on) { return on ? "true" : "false"; };
  return {{"encoder", std::string(name(c.kind))},
          {"embedding-size", std::to_string(c.embedding_size)},
          {"hidden-size", std::to_string(c.hidden_size)},
          {"layers", std::to_string(c.layers)},
          {"shortcut", text(c.shortcut)},
          {"widths", list_of(c.widths)},
          {"pooling", list_of(c.pooling)},
          {"attention-heads", std::to_string(c.attention_heads)},
          {"attention-size", std::to_string(c.attention_size)},
          {"state-attention-heads", std::to_string(c.state_attention_heads)},
          {"projection-size", std::to_string(c.projection_size)},
          {"unit-length", text(c.unit_length)}};
}

ModelConfig read_model_options(const CommandLine& line, std::int64_t vocabulary_size) {
  ModelConfig model;
  model.head_size = line.get<std::int64_t>("head-size");
  model.head_dropout = model.head_size > 0 ? line.get<float>("head-dropout") : 0;
  const HeadInput input = head_input_from_name(line.get<std::string>("head-input"));
  if (model.head_size > 0) model.head_input = input;
  if (const auto specs = line.find<std::vector<std::string>>("tower")) {
    model.towers.clear();
    for (const std::string& spec : *specs)
      model.towers.push_back(read_tower(line, spec, vocabulary_size));
    if (model.towers.size() > 1) model.links.clear();
    const auto count = static_cast<int>(model.towers.size());
    for (int a = 0; a < count; ++a)
      for (int b = a + 1; b < count; ++b) model.links.push_back({a, b});
  } else {
    model.towers[0].encoder = read_encoder(line, nullptr, vocabulary_size);
  }
  if (const auto links = line.find<std::string>("links"))
    model.links = links_from_text(model.towers, *links);
  model.validate();
  return model;
}

}  // namespace gemel::app
