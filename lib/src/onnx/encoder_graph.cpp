#include "onnx/encoder_graph.hpp"

#include <algorithm>
#include <cassert>
#include <span>
#include <vector>

#include "onnx/graph.hpp"
#include "onnx/lstm_weights.hpp"

namespace gemel::onnx {
namespace {

// Names of values in the graph.
struct Texts {
  std::string ids;      // int64 [T, N], no padding that is no token
  std::string valid;    // bool [T, N, 1], false on padding
  std::string lengths;  // int64 [N], 1 or more
};

struct States {
  std::string all;   // [T, N, 2H], forward ‖ backward state of each token
  std::string last;  // [2, N, H], each direction's after the last token it reads; "" if not asked
};

class EncoderGraph {
 public:
  EncoderGraph(schema::Graph& graph, const EncoderConfig& config, const ParameterBlock& values,
               const std::string& prefix)
      : graph_(graph), config_(config), values_(values), prefix_(prefix) {}

  Texts read_texts(std::int64_t empty_id) {
    const std::string transposed =
        graph_.apply("Transpose", {"tokens"}, "tokens.transposed", {{"perm", Ints{1, 0}}});
    const std::string shape = graph_.apply("Shape", {transposed}, "tokens.shape");
    const std::string steps = graph_.apply("Gather", {shape, graph_.integer(0)}, "steps");
    const std::string row = graph_.apply("Range", {graph_.integer(0), steps, graph_.integer(1)},
                                         "steps.numbers");  // [T]
    const std::string step =
        graph_.apply("Unsqueeze", {row, graph_.integers({1})}, "steps.column");  // [T, 1]
    const std::string given = graph_.apply("Less", {step, "lengths"}, "tokens.given");
    Texts texts;
    texts.ids = graph_.apply("Where", {given, transposed, graph_.integer(empty_id)}, "ids");
    texts.lengths = graph_.apply("Max", {"lengths", graph_.integers({1})}, "lengths.read");
    const std::string valid = graph_.apply("Less", {step, texts.lengths}, "valid");
    texts.valid = graph_.apply("Unsqueeze", {valid, graph_.integers({2})}, "valid.column");
    return texts;
  }

  // Token embeddings through all layers.
  States run_layers(const Texts& texts) {
    const std::string table = tensor("embedding.weight", {config_.vocabulary_size, embedding()});
    const std::string embedded = graph_.apply("Gather", {table, texts.ids}, "embedded");
    const std::string lengths = graph_.apply("Cast", {texts.lengths}, "lengths.int32",
                                             {{"to", std::int64_t{schema::Tensor::INT32}}});
    States states;
    Graph::Names below = {embedded};
    std::string x = embedded;
    std::int64_t width = embedding();
    for (int layer = 0; layer < config_.layers; ++layer) {
      states = run_layer(layer, x, width, lengths);
      below.push_back(states.all);
      x = states.all;
      width = 2 * hidden();
      if (!config_.shortcut || layer + 1 == config_.layers) continue;
      width = embedding() + 2 * hidden() * (layer + 1);
      x = graph_.apply("Concat", below, name(layer + 1) + "input", {{"axis", 2}});
    }
    return states;
  }

  // [N, P]
  std::string pool(const Texts& texts, const States& states) {
    Graph::Names blocks;
    for (const Pooling kind : config_.pooling) {
      const std::string name = "pooled." + std::string(gemel::name(kind));
      if (kind == Pooling::mean) {
        blocks.push_back(pool_mean(texts, states, name));
      } else if (kind == Pooling::max) {
        const std::string kept = keep_valid(texts, states, -2, name);  // states lie above -1
        blocks.push_back(
            graph_.apply("ReduceMax", {kept}, name, {{"axes", Ints{0}}, {"keepdims", 0}}));
      } else {
        assert(kind == Pooling::last);
        const std::string rows = graph_.apply("Transpose", {states.last}, name + ".transposed",
                                              {{"perm", Ints{1, 0, 2}}});
        blocks.push_back(graph_.apply("Reshape", {rows, graph_.integers({0, 2 * hidden()})}, name));
      }
    }
    if (blocks.size() == 1) return blocks.front();
    return graph_.apply("Concat", blocks, "pooled", {{"axis", 1}});
  }

  // Projection and unit length, where there are any; the result is called "embedding".
  void finish(std::string rows) {
    if (config_.projection_size > 0)
      rows = graph_.apply(
          "Gemm",
          {rows, tensor("projection.weight", {config_.pooled_size(), config_.projection_size}),
           tensor("projection.bias", {config_.projection_size})},
          "projected");
    if (!config_.unit_length) {
      graph_.apply("Identity", {rows}, "embedding");
      return;
    }
    const std::string norm = graph_.apply("ReduceL2", {rows}, "norm", {{"axes", Ints{1}}});
    // A zero vector stays one.
    const std::string divisor = graph_.apply("Max", {norm, graph_.number(1e-20f)}, "norm.positive");
    graph_.apply("Div", {rows, divisor}, "embedding");
  }

 private:
  using Ints = std::vector<std::int64_t>;

  std::int64_t embedding() const { return config_.embedding_size; }
  std::int64_t hidden() const { return config_.hidden_size; }
  static std::string name(int layer) { return "lstm." + std::to_string(layer) + "."; }

  std::span<const float> values(const std::string& name) const {
    const int index = values_.layout().find(prefix_ + name);
    assert(index >= 0);
    return values_.values(index);
  }
  std::string tensor(const std::string& name, const Ints& shape) {
    return graph_.weights(name, shape, values(name));
  }

  // Both directions one after the other, under the name that ONNX gives the input.
  template <class Convert>
  std::string both(int layer, const char* ours, const char* theirs, const Ints& shape,
                   const Convert& convert) {
    std::vector<float> all;
    for (const char* direction : {"forward.", "backward."}) {
      const std::vector<float> one = convert(values(name(layer) + direction + ours));
      all.insert(all.end(), one.begin(), one.end());
    }
    return graph_.weights(name(layer) + theirs, shape, all);
  }

  States run_layer(int layer, const std::string& x, std::int64_t width,
                   const std::string& lengths) {
    const std::int64_t h = hidden();
    const std::string w =
        both(layer, "weight_layer", "W", {2, 4 * h, width},
             [&](std::span<const float> from) { return onnx_gates(from, width, h); });
    const std::string r = both(layer, "weight_iter", "R", {2, 4 * h, h},
                               [&](std::span<const float> from) { return onnx_gates(from, h, h); });
    const std::string b = both(layer, "bias", "B", {2, 8 * h},
                               [&](std::span<const float> from) { return onnx_bias(from, h); });
    const bool top = layer + 1 == config_.layers;
    States states;
    if (top && pools(Pooling::last)) states.last = name(layer) + "Y_h";
    const bool sequence = !top || pools(Pooling::mean) || pools(Pooling::max);
    Graph::Names outputs = {sequence ? name(layer) + "Y" : ""};  // [T, 2, N, H]
    if (!states.last.empty()) outputs.push_back(states.last);
    graph_.add("LSTM", {x, w, r, b, lengths}, outputs,
               {{"direction", std::string("bidirectional")}, {"hidden_size", h}});
    if (!sequence) return states;
    const std::string rows = graph_.apply("Transpose", {outputs[0]}, name(layer) + "transposed",
                                          {{"perm", Ints{0, 2, 1, 3}}});
    states.all =
        graph_.apply("Reshape", {rows, graph_.integers({0, 0, 2 * h})}, name(layer) + "states");
    return states;
  }

  bool pools(Pooling kind) const {
    return std::find(config_.pooling.begin(), config_.pooling.end(), kind) != config_.pooling.end();
  }

  // The states with another number on padding.
  std::string keep_valid(const Texts& texts, const States& states, float other,
                         const std::string& name) {
    return graph_.apply("Where", {texts.valid, states.all, graph_.number(other)}, name + ".states");
  }

  std::string pool_mean(const Texts& texts, const States& states, const std::string& name) {
    const std::string kept = keep_valid(texts, states, 0, name);
    const std::string sum =
        graph_.apply("ReduceSum", {kept, graph_.integers({0})}, name + ".sum", {{"keepdims", 0}});
    const std::string count = graph_.apply("Cast", {texts.lengths}, "lengths.float",
                                           {{"to", std::int64_t{schema::Tensor::FLOAT}}});
    const std::string column =
        graph_.apply("Unsqueeze", {count, graph_.integers({1})}, "lengths.column");
    return graph_.apply("Div", {sum, column}, name);
  }

  Graph graph_;
  const EncoderConfig& config_;
  const ParameterBlock& values_;
  const std::string& prefix_;
};

void describe(schema::Value& value, const std::string& name, schema::Tensor::Type type,
              const std::string& meaning) {
  value.set_name(name);
  value.set_doc_string(meaning);
  value.mutable_type()->mutable_tensor_type()->set_elem_type(type);
}
schema::Dimension& add_dimension(schema::Value& value) {
  return *value.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim();
}

}  // namespace

void write_encoder(schema::Graph& graph, const EncoderConfig& config, const ParameterBlock& values,
                   const std::string& prefix, std::int64_t empty_id) {
  schema::Value& tokens = *graph.add_input();
  describe(tokens, "tokens", schema::Tensor::INT64, "token ids; any number beyond a text's length");
  add_dimension(tokens).set_dim_param("texts");
  add_dimension(tokens).set_dim_param("steps");
  schema::Value& lengths = *graph.add_input();
  describe(lengths, "lengths", schema::Tensor::INT64, "tokens of each text, at most steps");
  add_dimension(lengths).set_dim_param("texts");
  schema::Value& embedding = *graph.add_output();
  describe(embedding, "embedding", schema::Tensor::FLOAT, "a row for each text");
  add_dimension(embedding).set_dim_param("texts");
  add_dimension(embedding).set_dim_value(config.sentence_size());

  EncoderGraph encoder(graph, config, values, prefix);
  const Texts texts = encoder.read_texts(empty_id);
  encoder.finish(encoder.pool(texts, encoder.run_layers(texts)));
}

}  // namespace gemel::onnx
