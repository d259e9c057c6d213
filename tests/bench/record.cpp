#include "tests/bench/record.hpp"

#include <cstdio>

namespace gemel::bench {

void print(const Record& r) {
  std::printf("%s\t%s\t%d\t%.9g\t%.9g\t%s\tshare\t%s\n", r.section.c_str(), r.name.c_str(),
              r.threads, r.seconds, r.amount, r.unit.c_str(), r.against.c_str());
  std::fflush(stdout);
}

}  // namespace gemel::bench
