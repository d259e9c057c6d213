#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/encoder_config.hpp"
#include "core/matrix.hpp"
#include "core/parameters.hpp"
#include "infer/engine/gate_table.hpp"
#include "infer/engine/packing.hpp"
#include "infer/engine/projection.hpp"
#include "infer/engine/reading_queue.hpp"
#include "nn/pooling.hpp"

namespace gemel::infer {

/// Embeds token lists with a BiLSTM encoder, without the training layers (which it agrees with to
/// 1e-5 of an embedding's length in f32). Texts are computed without padding: a batch shrinks as
/// its short texts end, and grows where texts part that began alike. Immutable, shareable between
/// threads; a row does not depend, bit for bit, on the other texts.
class LstmEngine {
 public:
  static constexpr std::int64_t kLargestTable = std::int64_t{512} << 20;
  /// What a worker needs from call to call; buffers grow only.
  struct Scratch {
    std::array<AlignedBuffer<std::byte>, 2> h;  // [slots + kRowPadding, Hp] before and after a step
    AlignedBuffer<float> c, sum, max, last;     // [Hp/W, capacity, W]
    std::array<AlignedBuffer<float>, 2> states;  // [tokens, …], outputs of lower layers
    AlignedBuffer<std::byte> inputs;             // [tokens, 4 Hp] W·x + b without a table
    InputRows::Scratch input_rows;
    Projection::Scratch projection;
    PooledStates pooled;                   // of forward()
    std::vector<const void*> step_inputs;  // [slots]
    std::vector<float*> step_states;       // [slots]
    ReadingQueue queue;
    std::vector<std::int64_t> order;     // [N] texts as the queue reads them
    std::vector<std::int64_t> text_in;   // [slots in use] which text a slot of the states holds
    std::vector<std::int64_t> token_in;  // [slots in use] which token it reads next
    std::vector<std::int64_t> slot_of;   // [N], of texts that are being read
    std::vector<std::int64_t> begin;     // [N + 1], a text's first token
    std::vector<std::int32_t> ids;       // [tokens], text by text
    std::vector<const float*> x;         // [tokens]
    std::vector<void*> out;              // [tokens]
    std::int64_t piece = 1, rows = 1;    // see ReadingQueue::begin()
    std::int64_t capacity = 1;           // slots, and one more where they are even: a text's
                                         // states lie in many sets of the cache, not in one
    std::int64_t count() const { return std::ssize(begin) - 1; }  // N
  };

  /// Whether it knows this structure: lstm; pooling mean, max and last; no self-attention.
  static bool supports(const EncoderConfig&);

  /// @param values must outlive the engine, as must their layout
  /// @param prefix of the parameters' names, "" or "question/"
  /// @param largest_table bytes; a vocabulary whose gate tables need more does without them
  /// @param embedding in place of the one in `values`, which nobody reads then
  LstmEngine(const EncoderConfig&, const ParameterBlock& values, const std::string& prefix,
             const Kernels&, std::int64_t largest_table = kLargestTable,
             std::optional<StoredRows> embedding = {});

  /// Says how many tokens are about to come; changes speed, never a vector.
  void expect(std::int64_t tokens) const;
  using Lists = std::span<const std::vector<std::int32_t>* const>;
  /// @param texts token lists, none empty, ids below V; fastest if of like length, and if those
  ///   that begin or end alike come together
  /// @param out [N] → [D], where each text's vector goes
  /// @param pooled whether the P floats that the projection reads go behind it, [D + P]
  void forward(Lists texts, Scratch&, std::span<float* const> out, bool pooled = false) const;
  /// @param out [N, D]
  void forward(Lists texts, Scratch&, MatrixView out) const;

  /// Whether the same may be had in two parts, for many texts and each direction in an order of its
  /// own: one layer and its table. See encode_lists().
  bool reads_apart() const { return config_.layers == 1 && tables_[0]; }
  /// Where read() is to leave what finish() takes. `states` and `out` must outlive it.
  PooledRows place_pooled(PooledStates& states, std::span<float* const> out, bool pooled) const;
  /// Bytes of a text in `states`.
  std::int64_t pooled_bytes() const;
  /// Texts that read() plans together: a part of `rows`, so that new ones fit in soon.
  static constexpr std::int64_t piece(std::int64_t rows) { return rows < 4 ? 1 : rows / 4; }
  /// Reads one direction of some of the texts and pools its states.
  /// @param order which of them, sorted by their tokens as that direction reads them
  /// @param rows  texts at a time, 1 or more
  void read(Lists texts, std::size_t direction, std::span<const std::int64_t> order,
            std::int64_t rows, Scratch&, const PooledRows&) const;
  /// The vectors of texts [first, first + out.size()), both directions of which have been read.
  void finish(const PooledRows&, std::int64_t first, Scratch&, std::span<float* const> out) const;

  Precision precision() const { return kernels_->precision; }
  /// Whether texts that begin or end alike cost less together. Layers above another owe it a state
  /// to every token.
  bool shares_steps() const { return config_.layers == 1; }

 private:
  struct Layer {
    std::array<RecurrentWeights, 2> recurrent;
    std::array<InputRows, 2> input;  // empty where a table stands for it
  };
  std::int64_t input_depth(int layer) const;  // with states padded to Hp
  InputRows pack_layer_input(int layer, const float* weight, const float* bias) const;
  void lay_out(Lists texts, Scratch&) const;
  void reserve(std::int64_t piece, std::int64_t rows, Scratch&) const;
  void reserve_layers(Scratch&) const;
  void make_inputs(int layer, std::size_t direction, Scratch&) const;
  void copy_state(std::int64_t from, std::int64_t to, std::int64_t step, Scratch&) const;
  void begin_texts(std::int64_t step, std::span<const ReadingPlan::Start>, const TokenLists&,
                   Scratch&) const;
  void end_texts(std::int64_t step, std::size_t direction, Scratch&,
                 const PooledRows* pooled) const;
  void prepare_step(int layer, const TokenLists&, Scratch&) const;
  void make_step(StepArgs, std::int64_t old, std::int64_t rows) const;
  StepArgs step_args(int layer, std::size_t direction, Scratch&) const;
  void run(int layer, std::size_t direction, Scratch&, const PooledRows&) const;
  void pool(std::int64_t slot, std::int64_t length, std::size_t direction, const Scratch&,
            const PooledRows&, std::int64_t text) const;
  float* states_of(Scratch&, int layer, std::int64_t token) const;
  const float* layer_input(Scratch&, int layer, std::int64_t token) const;
  std::int64_t states_stride() const;

  EncoderConfig config_;
  const Kernels* kernels_;
  std::int64_t width_;  // Hp
  EmbeddingRows embedding_;
  nn::PoolingLayout pooling_;
  std::vector<Layer> layers_;
  std::array<std::optional<GateTable>, 2> tables_;
  std::optional<Projection> projection_;
};

}  // namespace gemel::infer
