#pragma once

#include "actors/net/arrived.hpp"

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace aura::net {

/// Where replies wait for an actor: those that come while it is busy wake it
/// once. Thread-safe.
class inbox {
public:
  /// `wake` is called when there is something again, on the thread that brings
  /// it.
  explicit inbox(std::function<void()> wake) : wake_{std::move(wake)} {
  }

  void put(arrived x) {
    auto first = false;
    {
      const auto guard = std::lock_guard{mutex_};
      first = waiting_.empty();
      waiting_.push_back(std::move(x));
    }
    if (first)
      wake_();
  }

  /// All that have come since the last call.
  std::vector<arrived> take() {
    const auto guard = std::lock_guard{mutex_};
    return std::exchange(waiting_, {});
  }

private:
  std::function<void()> wake_;
  std::mutex mutex_;
  std::vector<arrived> waiting_;
};

} // namespace aura::net
