#include "onnx/graph.hpp"

#include <doctest.h>

#include <cstring>

using namespace gemel::onnx;

namespace {

// Serialised and read again, as another program would.
schema::Graph through_bytes(const schema::Graph& graph) {
  schema::Graph read;
  REQUIRE(read.ParseFromString(graph.SerializeAsString()));
  return read;
}

template <class T>
std::vector<T> data(const schema::Tensor& tensor) {
  std::vector<T> values(tensor.raw_data().size() / sizeof(T));
  std::memcpy(values.data(), tensor.raw_data().data(), tensor.raw_data().size());
  return values;
}

}  // namespace

TEST_CASE("an operator with attributes of every kind") {
  schema::Graph proto;
  Graph graph(proto);
  CHECK(graph.apply("Op", {"a", "", "b"}, "c",
                    {{"count", 0}, {"list", std::vector<std::int64_t>{-1, 5}}, {"word", "up"}}) ==
        "c");
  const schema::Graph read = through_bytes(proto);
  REQUIRE(read.node_size() == 1);
  const schema::Node& node = read.node(0);
  CHECK(node.op_type() == "Op");
  CHECK(node.name() == "c");
  REQUIRE(node.input_size() == 3);
  CHECK(node.input(1) == "");
  CHECK(node.input(2) == "b");
  CHECK(node.output_size() == 1);
  REQUIRE(node.attribute_size() == 3);
  CHECK(node.attribute(0).name() == "count");
  CHECK(node.attribute(0).type() == schema::Attribute::INT);
  CHECK(node.attribute(0).has_i());
  CHECK(node.attribute(0).i() == 0);
  CHECK(node.attribute(1).type() == schema::Attribute::INTS);
  CHECK(node.attribute(1).ints_size() == 2);
  CHECK(node.attribute(1).ints(0) == -1);
  CHECK(node.attribute(2).type() == schema::Attribute::STRING);
  CHECK(node.attribute(2).s() == "up");
}

TEST_CASE("a node is named by its first output that is there") {
  schema::Graph proto;
  Graph(proto).add("Op", {"a"}, {"", "second"});
  CHECK(proto.node(0).name() == "second");
  CHECK(proto.node(0).output(0) == "");
}

TEST_CASE("constants are added once, weights with their shape") {
  schema::Graph proto;
  Graph graph(proto);
  CHECK(graph.integers({0, -1}) == graph.integers({0, -1}));
  const std::string single = graph.integer(3), list = graph.integers({3});
  CHECK(single != list);
  CHECK(graph.number(0.5f) == graph.number(0.5f));
  CHECK(graph.weights("w", {2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6.5f}) == "w");
  const schema::Graph read = through_bytes(proto);
  REQUIRE(read.initializer_size() == 5);
  CHECK(read.initializer(0).dims_size() == 1);
  CHECK(read.initializer(0).data_type() == schema::Tensor::INT64);
  CHECK(data<std::int64_t>(read.initializer(0)) == std::vector<std::int64_t>{0, -1});
  CHECK(read.initializer(1).dims_size() == 0);
  CHECK(data<std::int64_t>(read.initializer(1)) == std::vector<std::int64_t>{3});
  CHECK(read.initializer(3).data_type() == schema::Tensor::FLOAT);
  CHECK(data<float>(read.initializer(3)) == std::vector<float>{0.5f});
  CHECK(read.initializer(4).dims(0) == 2);
  CHECK(read.initializer(4).dims(1) == 3);
  CHECK(data<float>(read.initializer(4)) == std::vector<float>{1, 2, 3, 4, 5, 6.5f});
}

// The bytes by hand, from the numbers of ONNX's published format: field · 8 + wire type.
TEST_CASE("the format's field numbers") {
  schema::Model model;
  model.set_ir_version(7);
  model.set_producer_name("p");
  model.add_opset_import()->set_version(13);
  schema::Property& property = *model.add_metadata_props();
  property.set_key("k");
  property.set_value("v");
  schema::Graph& graph = *model.mutable_graph();
  schema::Node& node = *graph.add_node();
  node.add_input("x");
  node.add_output("y");
  node.set_op_type("O");
  schema::Attribute& attribute = *node.add_attribute();
  attribute.set_name("a");
  attribute.set_i(1);
  attribute.set_type(schema::Attribute::INT);
  const std::string in_attribute =
      "\x0a\x01"
      "a"
      "\x18\x01"
      "\xa0\x01\x02";
  const std::string in_node =
      "\x0a\x01x"
      "\x12\x01y"
      "\x22\x01O"
      "\x2a\x08" +
      in_attribute;
  const std::string in_graph = "\x0a\x13" + in_node;
  const std::string expected =
      "\x08\x07"
      "\x12\x01p"
      "\x3a\x15" +
      in_graph + "\x42\x02\x10\x0d" +
      "\x72\x06"
      "\x0a\x01k"
      "\x12\x01v";
  CHECK(model.SerializeAsString() == expected);
}
