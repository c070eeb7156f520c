#pragma once

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace aura::stages {

/// Calls `work(i)` for each i below `count`, on `threads` threads at once,
/// within one step. @pre `work` is safe to call from several threads
template <class Work>
void parallel_for(std::size_t count, std::size_t threads, Work work) {
  auto next = std::atomic<std::size_t>{0};
  auto run = [&] {
    for (auto i = next++; i < count; i = next++)
      work(i);
  };
  auto helpers = std::vector<std::jthread>{};
  for (std::size_t i = 1; i < threads && i < count; ++i)
    helpers.emplace_back(run);
  run();
}

} // namespace aura::stages
