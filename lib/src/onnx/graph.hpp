#pragma once
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "onnx/onnx_subset.pb.h"

namespace gemel::onnx {

/// An operator's setting by its name.
struct Attribute {
  std::string_view name;
  std::variant<std::int64_t, std::vector<std::int64_t>, std::string> value;
};

/// Adds operators, constants and weights to an ONNX graph, each under a name by which later ones
/// read it. Constants are named by their value and added once. Not thread-safe.
class Graph {
 public:
  using Names = std::vector<std::string>;
  using Attributes = std::vector<Attribute>;
  explicit Graph(schema::Graph& graph) : graph_(&graph) {}

  /// Any number of outputs; "" leaves an optional input or output out.
  void add(std::string_view op, const Names& inputs, const Names& outputs,
           const Attributes& attributes = {});
  /// One output, whose name is returned.
  std::string apply(std::string_view op, const Names& inputs, std::string output,
                    const Attributes& attributes = {});

  std::string integer(std::int64_t);                       // []
  std::string integers(const std::vector<std::int64_t>&);  // [n]
  std::string number(float);                               // []
  /// values: row-major, as many as the shape says
  std::string weights(std::string name, const std::vector<std::int64_t>& shape,
                      std::span<const float> values);

 private:
  std::string constant(std::string name, schema::Tensor::Type, std::span<const std::int64_t> shape,
                       std::span<const std::byte> bytes);
  schema::Graph* graph_;
  std::set<std::string> constants_;
};

}  // namespace gemel::onnx
