#pragma once
#include "core/precision.hpp"
#include "tests/bench/workload.hpp"

/// gemel's own stages, each a share of its ceiling.
namespace gemel::bench {

/// Finding copies, tokenising.
void measure_tokenise(const Workload&, int threads);
/// The engine alone on tokenised texts, 1, 8, 64, 128 and 512 at a time.
void measure_encode(const Workload&, int threads, Precision);
/// From text to vector.
void measure_embed(const Workload&, int threads, Precision);

}  // namespace gemel::bench
