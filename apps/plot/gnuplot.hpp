#pragma once
#include <string>

namespace gemel::plot {

/// Runs gnuplot on a script given on its standard input and returns what it writes to its standard
/// output. No shell is involved and no start-up file of the user's is read.
/// @param purpose what the picture is, for messages: a file name
/// Throws Error "gnuplot: is not installed; install gnuplot-nox to draw PURPOSE", or with gnuplot's
/// own first complaint. Thread-safe.
std::string run_gnuplot(const std::string& script, const std::string& purpose);

}  // namespace gemel::plot
