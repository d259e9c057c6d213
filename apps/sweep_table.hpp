#pragma once
#include <span>
#include <string>
#include <string_view>

#include "apps/sweep_results.hpp"

namespace gemel {
class AtomicFile;
}

namespace gemel::app {

/// text and markdown are for people: several seeds show as "mean ± deviation". tsv, csv and jsonl
/// have the columns run, changes, state, done, wanted, each metric M with M_sd, best_epoch, epochs
/// and seconds; what is undefined is empty there, or null.
enum class SweepFormat { text, markdown, tsv, csv, jsonl };
SweepFormat sweep_format_from_name(std::string_view);  ///< throws Error with the allowed names
std::string_view file_ending(SweepFormat);             ///< "txt", "md", "tsv" …

void write_sweep_table(AtomicFile& file, SweepFormat format, std::span<const SweepRow> rows);

}  // namespace gemel::app
