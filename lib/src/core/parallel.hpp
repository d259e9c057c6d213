#pragma once
#include <cstdint>
#include <functional>

namespace gemel {

/// Cores this process may use (its affinity mask), at least 1.
int available_cores();

/// Calls task(index, worker) for every index in [0, count), worker in [0, threads). Indices are
/// handed out one at a time in order; with threads == 1 everything runs on the caller. The first
/// exception is rethrown on the caller after all workers have stopped.
void parallel_for(int threads, std::int64_t count,
                  const std::function<void(std::int64_t index, int worker)>& task);

}  // namespace gemel
