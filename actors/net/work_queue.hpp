#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace aura::net {

/// Threads that work off a queue of bounded length. Thread-safe.
class work_queue {
public:
  using task = std::function<void()>;

  work_queue(std::size_t threads, std::size_t length) : length_{length} {
    for (std::size_t i = 0; i < threads; ++i)
      threads_.emplace_back([this] { run(); });
  }

  // Whoever waits here is let go without having been worked on.
  ~work_queue() {
    stop();
  }

  /// False if the queue is full or has stopped.
  bool push(task x) {
    {
      const auto guard = std::lock_guard{mutex_};
      if (stopped_ || waiting_.size() >= length_ + idle_)
        return false;
      waiting_.push_back(std::move(x));
    }
    changed_.notify_one();
    return true;
  }

  /// Lets go what waits and joins the threads, which finish what they are at.
  void stop() {
    auto dropped = std::deque<task>{};
    {
      const auto guard = std::lock_guard{mutex_};
      stopped_ = true;
      dropped.swap(waiting_);
    }
    changed_.notify_all();
    for (auto& x : threads_)
      if (x.joinable())
        x.join();
  }

private:
  void run() {
    auto lock = std::unique_lock{mutex_};
    for (;;) {
      ++idle_;
      changed_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
      --idle_;
      if (waiting_.empty())
        return;
      const auto next = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      next();
      lock.lock();
    }
  }

  std::size_t length_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<task> waiting_;
  std::size_t idle_ = 0;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

} // namespace aura::net
