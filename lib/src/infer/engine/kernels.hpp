#pragma once
#include <cstdint>

#include "core/precision.hpp"

/// The inner loops of the inference engine, compiled for several instruction sets and chosen at run
/// time. All of them work on groups of W units: a group's four gates (input, forget, candidate,
/// output) stand together, so that one pass over the hidden state gives all that a unit needs.
/// Hp is H rounded up to whole groups; units past H have zero weights and stay zero.
namespace gemel::infer {

/// Rows that a kernel may read past the last text's hidden state.
constexpr std::int64_t kRowPadding = 32;

/// One step of one reading order: h_next = LSTM(input, h, c) for the first `rows` texts
/// (Hochreiter and Schmidhuber 1997, with forget gate).
struct StepArgs {
  bool first = false;  // h and c are taken as 0, sum and max as empty: none of them is read
  std::int64_t rows = 0;
  std::int64_t capacity = 0;  // rows of the states below, `rows` or more
  std::int64_t width = 0;     // Hp
  // Recurrent, packed for the kernels: blocks [4, 4, W] of four states by a group's units, those of
  // group g from blocks_begin[g] to blocks_begin[g + 1], in order of their states 4 blocks[i] to
  // 4 blocks[i] + 3. Those that are not there are zero.
  const void* weights = nullptr;
  const std::uint16_t* blocks = nullptr;
  const std::int32_t* blocks_begin = nullptr;
  const float* scale = nullptr;         // [Hp/W, 4, W] of int8: product → pre-activation
  const std::int32_t* start = nullptr;  // [Hp/W, 4, W] of int8: −128 Σ weights
  const void* const* input =
      nullptr;              // [rows] → W·x + b, [Hp/W, 4, W] as f32 for f32 kernels, else
                            // [Hp/W, 2, W, 2] as bf16, the last axis gates 2i and 2i + 1
  const void* h = nullptr;  // [rows, Hp] f32, bf16, or codes round(127 h), 128 more on VNNI;
                            // kRowPadding more rows may be read
  void* h_next = nullptr;   // likewise
  // A group's states of all rows stand together, so that a pass over them walks through memory.
  float* c = nullptr;              // [Hp/W, capacity, W], updated
  float* sum = nullptr;            // likewise, += h; these four may be null
  float* max = nullptr;            // likewise, greatest h so far
  float* last = nullptr;           // likewise, = h
  float* const* states = nullptr;  // [rows] → [Hp] = h
};

/// out = x · weights + bias, for `rows` rows. A row's bits do not depend on the other rows.
struct ProjectArgs {
  std::int64_t rows = 0;
  std::int64_t depth = 0;           // I
  std::int64_t groups = 0;          // columns / (4 W)
  const float* weights = nullptr;   // [groups, I, 4, W]
  const float* bias = nullptr;      // [groups, 4, W]
  const float* const* x = nullptr;  // [rows] → [I]
  void* const* out = nullptr;       // [rows] → [groups], as StepArgs::input or f32
};

/// The same in bytes, exact but for the scaling.
struct CodeArgs {
  std::int64_t rows = 0;
  std::int64_t width = 0;                // I
  std::int64_t depth = 0;                // I padded to a multiple of 64
  std::int64_t groups = 0;               // columns / (4 W)
  const std::int8_t* weights = nullptr;  // [groups, depth/4, 4, W, 4]
  const float* scale = nullptr;          // [groups, 4, W]: product → out
  const std::int32_t* start = nullptr;   // [groups, 4, W]: −128 Σ weights
  const float* bias = nullptr;           // [groups, 4, W]
  const float* const* x = nullptr;       // [rows] → [I], in [-1, 1]; null where codes are there
  std::int8_t* codes = nullptr;          // [rows + kRowPadding, depth], codes as in h or their room
  float* out = nullptr;                  // [rows, groups, 4, W]
};

/// Pooled states of one text, kind and direction: a row of StepArgs::sum, max or last.
struct PoolArgs {
  const float* states = nullptr;  // the row's first group
  std::int64_t stride = 0;        // floats from group to group
  std::int64_t hidden = 0;        // H
  float divisor = 1;
  float* out = nullptr;          // [H]; null where codes are wanted
  std::int8_t* codes = nullptr;  // [H] as in h, of states in [-1, 1]
};

struct Kernels {
  Precision precision;
  int units;  // W: 4, 8 or 16
  void (*step)(const StepArgs&);
  void (*project)(const ProjectArgs&);      // to the type of StepArgs::input
  void (*project_f32)(const ProjectArgs&);  // to f32
  void (*project_codes)(const CodeArgs&);   // null unless the kernels compute in bytes
  void (*pool)(const PoolArgs&);
  bool skips_zeros = true;  // else every block of the recurrent weights has to be there
};

/// Whether this CPU has the instructions that makes a precision worth while.
bool supported(Precision);
/// The fastest kernels of a precision that this CPU runs; those of f32 where it lacks them.
const Kernels& kernels(Precision);

/// By name, so that tests can hold the instruction sets against each other.
struct KernelChoice {
  const char* name;
  Kernels kernels;
  bool (*available)();
};
/// All that were compiled, slowest first; at least one, for any CPU.
struct KernelList {
  const KernelChoice* begin_;
  const KernelChoice* end_;
  const KernelChoice* begin() const { return begin_; }
  const KernelChoice* end() const { return end_; }
};
KernelList all_kernels();

}  // namespace gemel::infer
