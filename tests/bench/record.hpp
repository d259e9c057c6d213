#pragma once
#include <chrono>
#include <string>

namespace gemel::bench {

/// One measurement; table.awk takes medians of those with the same name and threads.
/// A line of output: section, name, threads, seconds, amount, unit, share|times, against, with tabs
/// between them.
struct Record {
  std::string section, name;
  int threads = 1;
  double seconds = 0;   ///< a text
  std::string against;  ///< names of the rows this one is a share of, "|" between them; or none
  double amount = 0;    ///< what a text takes of the unit, 0 for nothing to tell
  std::string unit;     ///< "GOP" is printed as GOP/s
};

void print(const Record&);

template <class Work>
double seconds_of(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace gemel::bench
