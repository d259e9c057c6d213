#pragma once
#include <string>

#include "core/precision.hpp"
#include "tests/bench/workload.hpp"

/// What the machine and others' code can do at most, each told as the texts a second that it would
/// allow if nothing else took time.
namespace gemel::bench {

/// The name of a precision's row: "u8s8 product".
std::string product_name(Precision);
/// "int8 weights from cache"
std::string weights_name(Precision);
inline constexpr const char* kSentencepiece = "sentencepiece alone";
inline constexpr const char* kWriting = "writing a file of the vectors' size";

/// oneDNN's matrix product on the recurrent shape, 256 rows, each thread on its own.
/// @param suffix of the rows' names, such as " without AMX" when the environment forbids it
void measure_products(const Workload&, int threads, const std::string& suffix);
/// Reading the recurrent weights from the cache they fit in, once a token and direction, which is
/// what a text alone must do at least; reading and copying arrays larger than any cache.
void measure_memory(const Workload&, int threads);
/// The bundle's sentencepiece model on the texts as they are.
void measure_sentencepiece(const Workload&, int threads);
/// Reading the file of texts, and writing D floats a text to a file in `folder`; pages that the
/// system has in memory, one thread.
void measure_files(const Workload&, const std::string& folder);

}  // namespace gemel::bench
