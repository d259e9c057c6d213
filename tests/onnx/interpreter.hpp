#pragma once
#include <doctest.h>

#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "onnx/onnx_subset.pb.h"
#include "tests/onnx/naive_lstm.hpp"

/// Computes an ONNX graph in double precision, operator by operator as ONNX's operator set 13
/// describes them: the oracle of the export's tests. Shares no code with the library. What ONNX
/// leaves open, the LSTM's states beyond a text's length, is not a number, so that it shows where a
/// graph reads it.
namespace gemel::test {

using Schema = onnx::schema::Graph;
using Values = std::map<std::string, Tensor>;

class Interpreter {
 public:
  /// @param inputs by name. Returns every value of the graph by name.
  static Values run(const Schema& graph, Values inputs) {
    Interpreter at{std::move(inputs)};
    for (const onnx::schema::Tensor& tensor : graph.initializer())
      at.values_[tensor.name()] = constant(tensor);
    for (const onnx::schema::Node& node : graph.node()) at.step(node);
    return at.values_;
  }

 private:
  using Node = onnx::schema::Node;
  explicit Interpreter(Values values) : values_(std::move(values)) {}

  static Tensor constant(const onnx::schema::Tensor& from) {
    Tensor to{{from.dims().begin(), from.dims().end()}, {}};
    const bool floats = from.data_type() == 1;
    REQUIRE((floats || from.data_type() == 7));
    const std::size_t each = floats ? 4 : 8;
    for (std::size_t at = 0; at < from.raw_data().size(); at += each) {
      float f = 0;
      std::int64_t i = 0;
      std::memcpy(floats ? static_cast<void*>(&f) : &i, from.raw_data().data() + at, each);
      to.data.push_back(floats ? double{f} : static_cast<double>(i));
    }
    REQUIRE(static_cast<std::int64_t>(to.data.size()) == to.count());
    return to;
  }

  const Tensor& in(const Node& node, int i) const {
    REQUIRE(i < node.input_size());
    CAPTURE(node.input(i));
    REQUIRE(values_.contains(node.input(i)));  // a node before this one made it
    return values_.at(node.input(i));
  }
  static std::vector<std::int64_t> ints(const Node& node, const std::string& name) {
    for (const auto& a : node.attribute())
      if (a.name() == name) return {a.ints().begin(), a.ints().end()};
    return {};
  }
  static std::int64_t integer(const Node& node, const std::string& name, std::int64_t standard) {
    for (const auto& a : node.attribute())
      if (a.name() == name) return a.i();
    return standard;
  }

  void step(const Node& node) {
    CAPTURE(node.name());
    const std::string& op = node.op_type();
    if (op == "LSTM") return lstm(node);
    REQUIRE(node.output_size() == 1);
    REQUIRE_FALSE(values_.contains(node.output(0)));
    values_[node.output(0)] = compute(op, node);
  }

  Tensor compute(const std::string& op, const Node& node) const {
    const Tensor& a = in(node, 0);
    if (op == "Identity" || op == "Cast") return a;
    if (op == "Shape") return {{a.rank()}, {a.shape.begin(), a.shape.end()}};
    if (op == "Transpose") return transposed(a, ints(node, "perm"));
    if (op == "Concat") return concatenated(node);
    if (op == "Gather") return gathered(a, in(node, 1));
    if (op == "Range") return range(a, in(node, 1), in(node, 2));
    if (op == "Unsqueeze") return unsqueezed(a, in(node, 1));
    if (op == "Reshape") return reshaped(a, in(node, 1));
    if (op == "Gemm") return product(a, in(node, 1), in(node, 2));
    if (op == "Where")
      return broadcast({&a, &in(node, 1), &in(node, 2)},
                       [](const double* v) { return v[0] != 0 ? v[1] : v[2]; });
    if (op == "Less")
      return broadcast({&a, &in(node, 1)}, [](const double* v) { return v[0] < v[1] ? 1.0 : 0.0; });
    if (op == "Max")
      return broadcast({&a, &in(node, 1)}, [](const double* v) { return std::max(v[0], v[1]); });
    if (op == "Div")
      return broadcast({&a, &in(node, 1)}, [](const double* v) { return v[0] / v[1]; });
    const bool keep = integer(node, "keepdims", 1) != 0;
    if (op == "ReduceSum")
      return reduced(a, in(node, 1).data.at(0), keep, 0, [](double x, double y) { return x + y; });
    REQUIRE(ints(node, "axes").size() == 1);
    const auto axis = static_cast<double>(ints(node, "axes")[0]);
    if (op == "ReduceMax")
      return reduced(a, axis, keep, -1e300, [](double x, double y) { return std::max(x, y); });
    REQUIRE(op == "ReduceL2");
    Tensor squares = reduced(a, axis, keep, 0, [](double x, double y) { return x + y * y; });
    for (double& v : squares.data) v = std::sqrt(v);
    return squares;
  }

  static Tensor transposed(const Tensor& a, const std::vector<std::int64_t>& perm) {
    REQUIRE(static_cast<std::int64_t>(perm.size()) == a.rank());
    Tensor out;
    for (const std::int64_t axis : perm) out.shape.push_back(a.size(axis));
    out.data.resize(a.data.size());
    for (std::int64_t i = 0; i < out.count(); ++i) {
      const std::vector<std::int64_t> to = out.place(i);
      std::vector<std::int64_t> from(to.size());
      for (std::size_t k = 0; k < perm.size(); ++k) from[static_cast<std::size_t>(perm[k])] = to[k];
      out.data[static_cast<std::size_t>(i)] = a.at(from);
    }
    return out;
  }

  Tensor concatenated(const Node& node) const {
    const std::int64_t axis = integer(node, "axis", 0);
    Tensor out = in(node, 0);
    std::int64_t& width = out.shape[static_cast<std::size_t>(axis)];
    for (int i = 1; i < node.input_size(); ++i) width += in(node, i).size(axis);
    out.data.assign(static_cast<std::size_t>(out.count()), 0);
    std::int64_t begin = 0;
    for (int i = 0; i < node.input_size(); begin += in(node, i++).size(axis)) {
      REQUIRE(in(node, i).rank() == out.rank());
      for (std::int64_t k = 0; k < in(node, i).count(); ++k) {
        std::vector<std::int64_t> to = in(node, i).place(k);
        to[static_cast<std::size_t>(axis)] += begin;
        out.at(to) = in(node, i).data[static_cast<std::size_t>(k)];
      }
    }
    return out;
  }

  static Tensor gathered(const Tensor& table, const Tensor& rows) {
    Tensor out{rows.shape, {}};
    out.shape.insert(out.shape.end(), table.shape.begin() + 1, table.shape.end());
    const std::int64_t width = table.count() / table.size(0);
    for (const double row : rows.data) {
      REQUIRE(row >= 0);
      REQUIRE(row < static_cast<double>(table.size(0)));
      const auto begin = table.data.begin() + static_cast<std::int64_t>(row) * width;
      out.data.insert(out.data.end(), begin, begin + width);
    }
    return out;
  }

  static Tensor range(const Tensor& from, const Tensor& to, const Tensor& step) {
    REQUIRE(from.rank() + to.rank() + step.rank() == 0);
    Tensor out;
    for (double v = from.data[0]; v < to.data[0]; v += step.data[0]) out.data.push_back(v);
    out.shape = {static_cast<std::int64_t>(out.data.size())};
    return out;
  }

  static Tensor unsqueezed(const Tensor& a, const Tensor& axes) {
    REQUIRE(axes.data.size() == 1);
    Tensor out = a;
    out.shape.insert(out.shape.begin() + static_cast<std::ptrdiff_t>(axes.data[0]), 1);
    return out;
  }

  static Tensor reshaped(const Tensor& a, const Tensor& shape) {
    Tensor out{{}, a.data};
    for (std::size_t i = 0; i < shape.data.size(); ++i)
      out.shape.push_back(shape.data[i] == 0 ? a.shape.at(i)
                                             : static_cast<std::int64_t>(shape.data[i]));
    REQUIRE(out.count() == a.count());
    return out;
  }

  static Tensor product(const Tensor& a, const Tensor& b, const Tensor& bias) {
    const std::int64_t n = a.size(0), depth = a.size(1), width = b.size(1);
    REQUIRE(b.size(0) == depth);
    REQUIRE(bias.shape == std::vector<std::int64_t>{width});
    Tensor out{{n, width}, {}};
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < width; ++j) {
        double sum = bias.at({j});
        for (std::int64_t k = 0; k < depth; ++k) sum += a.at({i, k}) * b.at({k, j});
        out.data.push_back(sum);
      }
    return out;
  }

  // Shapes are lined up at their ends; a size of 1, or none, is repeated.
  static Tensor broadcast(const std::vector<const Tensor*>& from,
                          const std::function<double(const double*)>& each) {
    Tensor out;
    for (const Tensor* t : from) {
      if (t->rank() > out.rank())
        out.shape.insert(out.shape.begin(), static_cast<std::size_t>(t->rank() - out.rank()), 1);
      for (std::int64_t k = 1; k <= t->rank(); ++k) {
        std::int64_t& size = out.shape[static_cast<std::size_t>(out.rank() - k)];
        const std::int64_t own = t->size(t->rank() - k);
        REQUIRE((own == size || own == 1 || size == 1));
        size = std::max(size, own);
      }
    }
    for (std::int64_t i = 0; i < out.count(); ++i) {
      const std::vector<std::int64_t> to = out.place(i);
      std::vector<double> arguments;
      for (const Tensor* t : from) {
        std::vector<std::int64_t> place(to.end() - t->rank(), to.end());
        for (std::size_t k = 0; k < place.size(); ++k)
          if (t->shape[k] == 1) place[k] = 0;
        arguments.push_back(t->at(place));
      }
      out.data.push_back(each(arguments.data()));
    }
    return out;
  }

  static Tensor reduced(const Tensor& a, double axis_number, bool keep, double start,
                        const std::function<double(double, double)>& join) {
    const auto axis = static_cast<std::size_t>(axis_number);
    Tensor out{a.shape, {}};
    out.shape[axis] = 1;
    out.data.assign(static_cast<std::size_t>(out.count()), start);
    for (std::int64_t i = 0; i < a.count(); ++i) {
      std::vector<std::int64_t> to = a.place(i);
      to[axis] = 0;
      out.at(to) = join(out.at(to), a.data[static_cast<std::size_t>(i)]);
    }
    if (!keep) out.shape.erase(out.shape.begin() + static_cast<std::ptrdiff_t>(axis));
    return out;
  }

  void lstm(const Node& node) {
    REQUIRE(node.input_size() == 5);
    REQUIRE(node.attribute_size() == 2);
    CHECK(node.attribute(0).name() == "direction");
    CHECK(node.attribute(0).s() == "bidirectional");
    const LstmStates states = naive_lstm(in(node, 0), in(node, 1), in(node, 2), in(node, 3),
                                         in(node, 4), integer(node, "hidden_size", 0));
    if (!node.output(0).empty()) values_[node.output(0)] = states.y;
    if (node.output_size() > 1) values_[node.output(1)] = states.y_h;
  }

  Values values_;
};

}  // namespace gemel::test
