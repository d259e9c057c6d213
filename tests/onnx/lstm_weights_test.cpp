#include "onnx/lstm_weights.hpp"

#include <doctest.h>

using gemel::onnx::onnx_bias;
using gemel::onnx::onnx_gates;
using Floats = std::vector<float>;

// Tens tell the gate (i 1, f 2, c̃ 3, o 4), ones the unit, hundreds the input.
TEST_CASE("gates go from i, f, c, o in a row to i, o, f, c in a column") {
  const Floats from = {11,  12,  21,  22,  31,  32,  41,  42,   //
                       111, 112, 121, 122, 131, 132, 141, 142,  //
                       211, 212, 221, 222, 231, 232, 241, 242};
  CHECK(onnx_gates(from, 3, 2) == Floats{11, 111, 211,  //
                                         12, 112, 212,  //
                                         41, 141, 241,  //
                                         42, 142, 242,  //
                                         21, 121, 221,  //
                                         22, 122, 222,  //
                                         31, 131, 231,  //
                                         32, 132, 232});
}

TEST_CASE("one input and one unit") {
  CHECK(onnx_gates(Floats{1, 2, 3, 4}, 1, 1) == Floats{1, 4, 2, 3});
}

TEST_CASE("the bias is that of the input's product; the state's is zero") {
  CHECK(onnx_bias(Floats{11, 12, 21, 22, 31, 32, 41, 42}, 2) ==
        Floats{11, 12, 41, 42, 21, 22, 31, 32, 0, 0, 0, 0, 0, 0, 0, 0});
}
