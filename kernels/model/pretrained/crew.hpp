#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace aura::model {

/// Threads that stay, for work that comes in portions of some microseconds.
/// Only one thread may call run() at a time, and never from within.
class crew {
public:
  /// What is done with one item; `worker` is below size(), and no two calls at
  /// the same time have the same.
  using task = std::function<void(std::size_t item, std::size_t worker)>;

  /// @pre threads > 0
  explicit crew(std::size_t threads);

  crew(const crew&) = delete;
  crew& operator=(const crew&) = delete;

  /// Wakes and joins the others.
  ~crew();

  std::size_t size() const noexcept {
    return others_.size() + 1;
  }

  /// Does all items, in any order, and returns when they are done. The result
  /// must not depend on who does what. @pre count < 2^20
  void run(std::size_t count, const task& work);

private:
  void serve(std::size_t worker);
  void drain(std::size_t worker);

  /// How often run() was called, how many items there are, and the next one:
  /// together, so that who comes late takes nothing of the wrong work.
  std::atomic<std::uint64_t> ticket_{0};
  std::atomic<std::size_t> done_{0};
  std::atomic<std::uint32_t> signal_{0};
  std::atomic<bool> over_{false};
  const task* work_ = nullptr;
  std::vector<std::thread> others_;
};

} // namespace aura::model
