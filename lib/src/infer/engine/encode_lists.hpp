#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/object_pool.hpp"
#include "infer/engine/lstm_engine.hpp"

namespace gemel::infer {

/// What encode_lists() needs from call to call; as many of each live as workers ever ran at once.
struct EncodeScratch {
  ObjectPool<LstmEngine::Scratch> engine;
  ObjectPool<PooledStates> pooled;
};

/// Texts sorted by their tokens as one direction reads them.
std::vector<std::int64_t> token_order(LstmEngine::Lists texts, bool backward);

/// The vectors of many texts by an engine that reads directions apart: each direction in the order
/// of its tokens, so that all that texts of a window share at that end is read once. The window
/// has as many texts as their pooled states fit into `pooled_bytes`, 128 to 65,536.
/// @param texts   token lists, none empty, ids below V
/// @param rows    texts that a worker reads at a time, 1 or more; changes speed, never a vector
/// @param threads workers, 1 or more
/// @param out     [texts] → [D], or [D + P] with `pooled`, as of LstmEngine::forward()
void encode_lists(const LstmEngine&, LstmEngine::Lists texts, std::int64_t rows, int threads,
                  EncodeScratch&, std::span<float* const> out, bool pooled = false,
                  std::int64_t pooled_bytes = std::int64_t{64} << 20);

}  // namespace gemel::infer
