#include "tests/bench/memory_speed.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <vector>

#include "core/aligned.hpp"
#include "core/parallel.hpp"
#include "core/simd.hpp"
#include "tests/bench/record.hpp"

namespace gemel::bench {
namespace {

constexpr std::size_t kSums = 8;  // that do not wait for each other
using Vector [[gnu::vector_size(64)]] = std::uint64_t;

GEMEL_SIMD_CLONES std::uint64_t sum(const std::uint64_t* from, std::size_t count) {
  constexpr std::size_t kLanes = sizeof(Vector) / sizeof *from;
  Vector sums[kSums] = {};
  for (std::size_t i = 0; i + kSums * kLanes <= count; i += kSums * kLanes)
    for (std::size_t k = 0; k < kSums; ++k) {
      Vector next;
      std::memcpy(&next, from + i + k * kLanes, sizeof next);
      sums[k] += next;
    }
  for (std::size_t k = 1; k < kSums; ++k) sums[0] += sums[k];
  return sums[0][0];
}

}  // namespace

double read_speed(std::int64_t bytes, int threads) {
  const auto count = static_cast<std::size_t>(bytes) / sizeof(std::uint64_t);
  const auto workers = static_cast<std::size_t>(threads);
  const auto turns = std::max<std::int64_t>(1, (std::int64_t{1} << 30) / bytes);
  std::vector<AlignedBuffer<std::uint64_t>> arrays;
  for (std::size_t t = 0; t < workers; ++t)
    std::fill_n(arrays.emplace_back(count).data(), count, std::uint64_t{1});
  std::atomic<std::uint64_t> used = 0;  // or the compiler would leave the reading out
  const double took = seconds_of([&] {
    parallel_for(threads, threads, [&](std::int64_t t, int) {
      for (std::int64_t i = 0; i < turns; ++i)
        used += sum(arrays[static_cast<std::size_t>(t)].data(), count);
    });
  });
  return static_cast<double>(bytes) * static_cast<double>(turns) * threads / took;
}

double copy_speed(std::int64_t bytes, int threads) {
  const auto part = static_cast<std::size_t>(bytes / threads);
  AlignedBuffer<std::byte> from(part * static_cast<std::size_t>(threads)), to(from.size());
  std::fill_n(from.data(), from.size(), std::byte{1});
  std::fill_n(to.data(), to.size(), std::byte{1});
  const double took = seconds_of([&] {
    parallel_for(threads, threads, [&](std::int64_t t, int) {
      const std::size_t begin = static_cast<std::size_t>(t) * part;
      std::memcpy(to.data() + begin, from.data() + begin, part);
    });
  });
  return static_cast<double>(from.size()) / took;
}

}  // namespace gemel::bench
