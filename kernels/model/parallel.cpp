#include "kernels/model/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace aura::model {

void for_each(std::size_t threads, std::size_t count,
              const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  const auto drain = [&] {
    for (auto i = next.fetch_add(1); i < count; i = next.fetch_add(1))
      work(i);
  };
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < std::min(threads, count); ++i)
    others.emplace_back(drain);
  drain();
}

} // namespace aura::model
