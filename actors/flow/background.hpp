#pragma once

#include "kernels/base/expected.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace aura::flow {

/// A thread that does one piece of work at a time for somebody who must not
/// wait: for the disk, say. The owner's calls come from one thread.
class background {
public:
  /// `done` is called there after each piece.
  explicit background(std::function<void()> done);

  /// Waits until what was begun has been done.
  ~background();

  background(const background&) = delete;
  background& operator=(const background&) = delete;

  /// @pre nothing is under way
  void begin(std::function<status()> work);

  /// What came of the last piece, once `done` was called.
  status result();

private:
  void serve();

  std::function<void()> done_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<status()> work_;
  std::optional<status> result_;
  bool over_ = false;
  std::thread thread_;
};

} // namespace aura::flow
