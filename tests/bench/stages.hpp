#pragma once
#include "core/precision.hpp"
#include "tests/bench/workload.hpp"

/// gemel's own stages, each a share of its ceiling.
namespace gemel::bench {

/// Finding copies, tokenising, sorting by length.
void measure_tokenise(const Workload&, int threads);
/// The engine alone on tokenised texts, in batches of 1, 8, 64 and 512; then text to vector.
void measure_encode(const Workload&, int threads, Precision);

}  // namespace gemel::bench
