// One text at a time through the public interface, warm, on the calling thread.
//   bench_latency MODEL TEXTS [N]
// Each of the first N texts (2000) is embedded alone, and compared with the one after it: the
// median and the 99th percentile over the texts. A first pass over them warms tables and caches.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <gemel/gemel.hpp>
#include <string>
#include <vector>

#include "tests/bench/record.hpp"

namespace {

using namespace gemel;

const char* compute_name(Compute compute) {
  return compute == Compute::int8 ? "int8" : compute == Compute::bf16 ? "bf16" : "f32";
}

void report(const std::string& what, std::vector<double> times, const std::string& against) {
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
  };
  bench::print({"One text", what + ", p50", 1, at(0.5), against, 0, ""});
  bench::print({"One text", what + ", p99", 1, at(0.99), "", 0, ""});
}

void measure(const std::string& path, const std::vector<std::string>& texts) {
  const Model model = Model::load(path);
  for (const std::string& text : texts) model.embed(text);
  std::vector<double> embed, compare;
  float used = 0;  // or the compiler might leave work out
  for (const std::string& text : texts)
    embed.push_back(bench::seconds_of([&] { used += model.embed(text).front(); }));
  for (std::size_t i = 0; i + 1 < texts.size(); ++i)
    compare.push_back(
        bench::seconds_of([&] { used += model.compare(texts[i], texts[i + 1]).score; }));
  const std::string compute = compute_name(model.compute());
  report("Model::embed(text), " + compute, embed, "encode " + compute + ", batches of 1");
  report("Model::compare(a, b), " + compute, compare, "");
  if (used != used) std::fprintf(stderr, "bench_latency: a vector holds NaN\n");
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) return std::fprintf(stderr, "usage: bench_latency MODEL TEXTS [N]\n"), 2;
  const std::size_t most = count > 3 ? std::strtoul(arguments[3], nullptr, 10) : 2000;
  try {
    std::ifstream file(arguments[2]);
    std::vector<std::string> texts;
    for (std::string line; texts.size() < most && std::getline(file, line);) texts.push_back(line);
    if (texts.size() < 2) throw Error(arguments[2], "holds fewer than 2 texts");
    measure(arguments[1], texts);
  } catch (const std::exception& error) {
    return std::fprintf(stderr, "bench_latency: %s\n", error.what()), 1;
  }
}
