#include "onnx/graph.hpp"

#include <bit>
#include <cassert>
#include <numeric>
#include <sstream>

namespace gemel::onnx {
namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

void set(schema::Attribute& attribute, std::int64_t value) {
  attribute.set_type(schema::Attribute::INT);
  attribute.set_i(value);
}
void set(schema::Attribute& attribute, const std::vector<std::int64_t>& values) {
  attribute.set_type(schema::Attribute::INTS);
  attribute.mutable_ints()->Add(values.begin(), values.end());
}
void set(schema::Attribute& attribute, const std::string& text) {
  attribute.set_type(schema::Attribute::STRING);
  attribute.set_s(text);
}

}  // namespace

void Graph::add(std::string_view op, const Names& inputs, const Names& outputs,
                const Attributes& attributes) {
  schema::Node& node = *graph_->add_node();
  node.set_name(outputs.front().empty() ? outputs.back() : outputs.front());
  node.set_op_type(std::string(op));
  for (const std::string& input : inputs) node.add_input(input);
  for (const std::string& output : outputs) node.add_output(output);
  for (const Attribute& given : attributes) {
    schema::Attribute& attribute = *node.add_attribute();
    attribute.set_name(std::string(given.name));
    std::visit([&](const auto& value) { set(attribute, value); }, given.value);
  }
}

std::string Graph::apply(std::string_view op, const Names& inputs, std::string output,
                         const Attributes& attributes) {
  add(op, inputs, {output}, attributes);
  return output;
}

std::string Graph::constant(std::string name, schema::Tensor::Type type,
                            std::span<const std::int64_t> shape, std::span<const std::byte> bytes) {
  if (!constants_.insert(name).second) return name;
  schema::Tensor& tensor = *graph_->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  tensor.mutable_dims()->Add(shape.begin(), shape.end());
  tensor.set_raw_data(bytes.data(), bytes.size());
  return name;
}

std::string Graph::integer(std::int64_t value) {
  return constant("integer." + std::to_string(value), schema::Tensor::INT64, {},
                  std::as_bytes(std::span(&value, 1)));
}

std::string Graph::integers(const std::vector<std::int64_t>& values) {
  std::string name = "integers";
  for (const std::int64_t value : values) name += "." + std::to_string(value);
  const std::int64_t count[] = {static_cast<std::int64_t>(values.size())};
  return constant(name, schema::Tensor::INT64, count, std::as_bytes(std::span(values)));
}

std::string Graph::number(float value) {
  std::ostringstream name;
  name << "number." << value;
  return constant(name.str(), schema::Tensor::FLOAT, {}, std::as_bytes(std::span(&value, 1)));
}

std::string Graph::weights(std::string name, const std::vector<std::int64_t>& shape,
                           std::span<const float> values) {
  assert(std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()) ==
         static_cast<std::int64_t>(values.size()));
  assert(!constants_.contains(name));
  return constant(std::move(name), schema::Tensor::FLOAT, shape, std::as_bytes(values));
}

}  // namespace gemel::onnx
